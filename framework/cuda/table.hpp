#pragma once

#include "framework/kernels.hpp"

namespace credence::cuda {

struct Table {
  Kernels<float> single;
  Kernels<double> reference;  ///< for gradient checks on the device
};

/// The kernels of the device. Throws Error in a build without CUDA.
const Table& table();

}  // namespace credence::cuda
