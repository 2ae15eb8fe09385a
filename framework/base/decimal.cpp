// Reading a real number without from_chars.
#include "framework/base/decimal.hpp"

#include <locale>
#include <sstream>
#include <string>

namespace credence {

std::optional<double> decimal_from_stream(std::string_view text) {
  // A stream takes a plus sign, spaces, and hexadecimal digits, too.
  if (text.starts_with('+') || text.find_first_not_of("0123456789.eE+-") != text.npos) return {};
  std::istringstream stream{std::string(text)};
  stream.imbue(std::locale::classic());
  double value = 0;
  if (!(stream >> value) || stream.peek() != std::istringstream::traits_type::eof()) return {};
  if (!std::isfinite(value)) return {};
  // A number below the least double is 0 for some libraries and an error for others.
  const std::string_view digits = text.substr(0, text.find_first_of("eE"));
  if (value == 0 && digits.find_first_of("123456789") != digits.npos) return {};
  return value;
}

}  // namespace credence
