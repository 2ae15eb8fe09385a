// Pixels as bytes.
#pragma once

#include <algorithm>
#include <cstdint>

namespace credence::data {

/// The byte nearest to a value on the scale 0 to 255. Halves are rounded upwards; values outside
/// the scale are clipped.
inline std::uint8_t to_byte(float value) {
  return static_cast<std::uint8_t>(std::clamp(value, 0.0F, 255.0F) + 0.5F);
}

/// The grey of a pixel, 0.299 R + 0.587 G + 0.114 B (ITU-R BT.601) rounded to the nearest byte: the
/// weights are in units of 2^-16, which sum to 1.
inline std::uint8_t grey_of(std::uint8_t red, std::uint8_t green, std::uint8_t blue) {
  return static_cast<std::uint8_t>((19595U * red + 38470U * green + 7471U * blue + 32768U) >> 16);
}

}  // namespace credence::data
