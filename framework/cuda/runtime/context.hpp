// The device's context, which the files of this folder and the libraries share. Includes CUDA's
// headers.
#pragma once

#include <cuda_runtime.h>

namespace credence::cuda {

/// The stream of all work. The first call chooses the device. Throws Error where no device can be
/// used.
cudaStream_t stream();

}  // namespace credence::cuda
