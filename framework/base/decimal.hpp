// Reading a number from a text in decimal notation.
#pragma once

#include <charconv>
#include <cmath>
#include <optional>
#include <string_view>
#include <system_error>
#include <type_traits>

namespace credence {

/// The double that the whole of `text` spells in decimal notation, as parse_decimal<double>
/// describes it, read by a stream of the locale "C": for standard libraries without from_chars for
/// floating-point types (libc++ 14, for example).
std::optional<double> decimal_from_stream(std::string_view text);

/// The number that the whole of `text` spells in decimal notation: digits, a leading minus sign
/// where T is signed, and for floating-point types a point and an exponent ("-1.5e-3"). Leading
/// zeros do not mean octal: "010" is 10. Returns nothing for any other text (empty, "0x10", " 1",
/// "+1", "1e3" as an integer, "nan") and for a number that T cannot hold.
template <class T>
std::optional<T> parse_decimal(std::string_view text) {
#ifndef __cpp_lib_to_chars
  if constexpr (std::is_same_v<T, double>) {
    return decimal_from_stream(text);
  } else
#endif
  {
    T value{};
    const char* const end = text.data() + text.size();
    const auto [rest, error] = std::from_chars(text.data(), end, value);
    if (error != std::errc() || rest != end) return {};
    if constexpr (std::is_floating_point_v<T>) {
      if (!std::isfinite(value)) return {};
    }
    return value;
  }
}

}  // namespace credence
