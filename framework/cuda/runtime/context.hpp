// The one context of the device: what the other files of this folder share. Includes CUDA's
// headers.
#pragma once

#include <cuda_runtime.h>

namespace credence::cuda {

/// The stream of all work. Throws Error without a usable device.
cudaStream_t stream();

}  // namespace credence::cuda
