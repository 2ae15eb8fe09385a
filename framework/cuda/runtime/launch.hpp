// Launching kernels. The kernel files compile twice: with nvcc for the device and, for tests on
// machines without one, with the C++ compiler and framework/cuda/emulation/emulation.hpp, which
// runs the threads of a kernel one after another. Only this file differs between the two.
#pragma once

#include "framework/cuda/runtime/launch_raw.hpp"

#include <cstdint>
#include <type_traits>

#ifdef CREDENCE_EMULATED_CUDA
#include "framework/cuda/emulation/emulation.hpp"
#endif

namespace credence::cuda {

/// The number of blocks for `threads` threads. It is limited to what keeps a device busy; kernels
/// loop over the remaining elements in strides of the whole grid.
inline unsigned blocks_for(std::int64_t threads) {
  constexpr std::int64_t kMost = 4096;
  const std::int64_t blocks = (threads + kThreads - 1) / kThreads;
  return static_cast<unsigned>(blocks < 1 ? 1 : blocks > kMost ? kMost : blocks);
}

/// Launches kernel(arguments…) with `blocks` blocks of kThreads threads. `name` is for errors.
template <class... Parameters>
void launch(const char* name, unsigned blocks, void (*kernel)(Parameters...),
            std::type_identity_t<Parameters>... arguments) {
#ifdef CREDENCE_EMULATED_CUDA
  emulation::launch(name, blocks, kThreads, [=] { kernel(arguments...); });
#else
  void* pointers[] = {const_cast<void*>(static_cast<const void*>(&arguments))...};
  launch_raw(name, reinterpret_cast<const void*>(kernel), blocks, pointers);
#endif
}

/// The index of this thread in the grid, and the number of threads in the grid: start and step of a
/// loop over elements.
__device__ inline std::int64_t first_index() {
  return std::int64_t{blockIdx.x} * blockDim.x + threadIdx.x;
}
__device__ inline std::int64_t index_step() { return std::int64_t{gridDim.x} * blockDim.x; }

}  // namespace credence::cuda
