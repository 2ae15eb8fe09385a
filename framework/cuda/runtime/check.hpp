// Errors of the CUDA runtime as exceptions. Includes CUDA's headers.
#pragma once

#include "framework/base/error.hpp"

#include <string>

#include <cuda_runtime.h>

namespace credence::cuda {

/// Throws Error with the operation and CUDA's text unless the call succeeded.
inline void check(cudaError_t status, const std::string& operation) {
  if (status == cudaSuccess) return;
  throw Error("[" + operation + "] " + cudaGetErrorString(status));
}

}  // namespace credence::cuda
