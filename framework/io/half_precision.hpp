// Numbers of 16 bits, as files of other programs hold them, in float32.
#pragma once

#include "framework/base/bit_cast.hpp"

#include <cstdint>

namespace credence::io {

/// The float32 number of the same value as a binary16 number (IEEE 754), given by its bits: 1 of
/// sign, 5 of exponent, 10 of fraction. Every such number is a float32 number, so that nothing is
/// rounded. NaN stays NaN.
inline float from_float16(std::uint16_t bits) {
  const std::uint32_t sign = (std::uint32_t{bits} & 0x8000U) << 16;
  const std::uint32_t exponent = bits >> 10 & 0x1FU;
  const std::uint32_t fraction = bits & 0x3FFU;
  if (exponent == 0) {
    const float magnitude = static_cast<float>(fraction) * 0x1p-24F;
    return sign == 0 ? magnitude : -magnitude;
  }
  // The bias of the exponent is 15, in float32 127.
  const std::uint32_t wide = exponent == 0x1F ? 0xFF : exponent + (127 - 15);
  return bit_cast<float>(sign | wide << 23 | fraction << 13);
}

/// The same for a bfloat16 number, which is the upper half of a float32 number.
inline float from_bfloat16(std::uint16_t bits) {
  return bit_cast<float>(std::uint32_t{bits} << 16);
}

}  // namespace credence::io
