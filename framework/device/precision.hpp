// With how many bits products and convolutions of float32 are computed on the device.
#pragma once

#include <cstdint>

namespace credence {

/// Parameters, activations and all that is not a product stay float32, and products are summed up
/// in float32.
enum class Precision : std::uint8_t {
  fp32,  ///< 24 significant bits
  tf32,  ///< factors rounded to 11 significant bits, for tensor cores
  bf16,  ///< factors, and convolutions' results, rounded to bfloat16's 8 significant bits
};

/// The precision of all products that follow: a part of the device's context. fp32 at first.
void set_precision(Precision precision);
Precision precision();

}  // namespace credence
