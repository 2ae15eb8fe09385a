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

}  // namespace credence::data
