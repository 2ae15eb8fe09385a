// Parsing of colours in CSS notation.
#include "data/colour.hpp"

#include "framework/base/error.hpp"

#include <charconv>

#include <fmt/format.h>

namespace credence::data {

Colour parse_colour(std::string_view text) {
  if (text == "white") return kWhite;
  if (text == "black") return {};
  const std::string_view digits = text.substr(text.starts_with('#') ? 1 : 0);
  std::uint32_t value = 0;
  const auto [end, failure] =
      std::from_chars(digits.data(), digits.data() + digits.size(), value, 16);
  const bool whole = failure == std::errc() && end == digits.data() + digits.size();
  if (!text.starts_with('#') || !whole || (digits.size() != 3 && digits.size() != 6)) {
    throw ValueError(
        fmt::format("[colour] \"{}\" is none, expected white, black, #RRGGBB or #RGB", text));
  }
  const auto part = [&](int index) {
    return static_cast<std::uint8_t>(digits.size() == 6 ? value >> (16 - 8 * index) & 255U
                                                        : 17 * (value >> (8 - 4 * index) & 15U));
  };
  return {part(0), part(1), part(2)};
}

}  // namespace credence::data
