// The number type bfloat16.
#pragma once

#include <cstdint>
#include <cstring>

namespace credence::cuda {

/// A bfloat16 number: the upper half of a float32, with 8 significant bits.
struct BFloat16 {
  std::uint16_t bits = 0;

  BFloat16() = default;
  /// The bfloat16 number nearest to a float32, given by its bits; of two, the even one. NaN stays
  /// NaN.
  static constexpr BFloat16 nearest(std::uint32_t float_bits) {
    BFloat16 result;
    const bool nan = (float_bits & 0x7FFFFFFFU) > 0x7F800000U;
    const std::uint32_t rounded =
        nan ? float_bits | 0x400000U : float_bits + 0x7FFFU + (float_bits >> 16 & 1U);
    result.bits = static_cast<std::uint16_t>(rounded >> 16);
    return result;
  }
  /// The bits of the float32 number with the same value.
  constexpr std::uint32_t float_bits() const { return std::uint32_t{bits} << 16; }
};

}  // namespace credence::cuda
