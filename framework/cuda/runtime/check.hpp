// Errors of the CUDA libraries as exceptions. For files of this folder that include CUDA's headers.
#pragma once

#include "framework/base/error.hpp"

#include <string>

#include <cuda_runtime.h>

namespace credence::cuda {

/// Throws Error, naming the operation, unless the call succeeded.
inline void check(cudaError_t status, const std::string& operation) {
  if (status == cudaSuccess) return;
  throw Error("[" + operation + "] " + cudaGetErrorString(status));
}

}  // namespace credence::cuda
