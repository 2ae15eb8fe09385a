// The number of significant bits with which the CUDA device multiplies float32 numbers.
#pragma once

#include <cstdint>

namespace credence {

/// The precision of the factors of float32 matrix products and convolutions. Their sums are
/// float32, and so are parameters, activations and all other computations.
enum class Precision : std::uint8_t {
  fp32,  ///< 24 significant bits
  tf32,  ///< factors rounded to 11 significant bits, for tensor cores
  bf16,  ///< factors, and results of convolutions, rounded to bfloat16's 8 significant bits
};

/// Sets the precision of the products that follow. The default is fp32. It is part of the device's
/// context and holds for all threads. Kernels of the CPU ignore it.
void set_precision(Precision precision);
Precision precision();

}  // namespace credence
