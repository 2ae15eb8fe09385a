// Colours of pixels.
#pragma once

#include <cstdint>
#include <string_view>

namespace credence::data {

/// A colour as stored in pictures: gamma-encoded (sRGB), 0 to 255.
struct Colour {
  std::uint8_t red = 0;
  std::uint8_t green = 0;
  std::uint8_t blue = 0;

  friend bool operator==(const Colour&, const Colour&) = default;
};

inline constexpr Colour kWhite{255, 255, 255};

/// Parses "white", "black", "#RRGGBB" or "#RGB" (short for #RRGGBB with each digit twice) with
/// hexadecimal digits, as in CSS. Throws ValueError for other text.
Colour parse_colour(std::string_view text);

}  // namespace credence::data
