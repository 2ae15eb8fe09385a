// Launching kernels. The kernel files compile twice: with nvcc for the device and, for tests on
// machines without one, with the C++ compiler and framework/cuda/emulation/emulation.hpp, which
// runs the threads of a kernel one after another. Only this file differs between the two.
#pragma once

#include "framework/cuda/runtime/launch_raw.hpp"

#include <cstdint>
#include <string>
#include <type_traits>
#include <utility>

#ifdef CREDENCE_EMULATED_CUDA
#include "framework/cuda/emulation/emulation.hpp"
#endif

namespace credence::cuda {

using device::elements;

inline void tell_account(const KernelName& name, const LaunchShape& shape) {
  std::string full = name.op;
  if (*name.part != '\0') full += std::string(" ") + name.part;
  device::tell_account(
      {std::move(full), device::Source::kernel, device::Arithmetic::fp32, shape.work});
}

/// The number of blocks for `threads` threads. It is limited to what keeps a device busy; kernels
/// loop over the remaining elements in strides of the whole grid.
inline unsigned blocks_for(std::int64_t threads) {
  constexpr std::int64_t kMost = 4096;
  const std::int64_t blocks = (threads + kThreads - 1) / kThreads;
  return static_cast<unsigned>(blocks < 1 ? 1 : blocks > kMost ? kMost : blocks);
}

/// Launches kernel(arguments…) without a word to the account.
template <class... Parameters>
void launch_untold(const char* name, const LaunchShape& shape, void (*kernel)(Parameters...),
                   std::type_identity_t<Parameters>... arguments) {
#ifdef CREDENCE_EMULATED_CUDA
  emulation::launch(name, shape, emulation::addresses_in(arguments...),
                    [=] { kernel(arguments...); });
#else
  void* pointers[] = {const_cast<void*>(static_cast<const void*>(&arguments))...};
  launch_raw(name, reinterpret_cast<const void*>(kernel), shape, pointers);
#endif
}

/// Launches kernel(arguments…), and tells the account of it.
template <class... Parameters>
void launch(const KernelName& name, const LaunchShape& shape, void (*kernel)(Parameters...),
            std::type_identity_t<Parameters>... arguments) {
  launch_untold(name.op, shape, kernel, arguments...);
  if (device::account_listens()) tell_account(name, shape);
}

/// The same with `blocks` blocks of kThreads threads, for kernels that no account shows.
template <class... Parameters>
void launch(const KernelName& name, unsigned blocks, void (*kernel)(Parameters...),
            std::type_identity_t<Parameters>... arguments) {
  launch(name, LaunchShape{blocks}, kernel, arguments...);
}

/// The block's dynamic shared memory (LaunchShape::shared_bytes), aligned to 16 bytes.
template <class T>
__device__ T* dynamic_shared() {
#ifdef CREDENCE_EMULATED_CUDA
  return reinterpret_cast<T*>(emulation::shared_memory());
#else
  extern __shared__ uint4 credence_dynamic_shared[];
  return reinterpret_cast<T*>(credence_dynamic_shared);
#endif
}

/// The index of this thread in the grid, and the number of threads in the grid: start and step of a
/// loop over elements.
__device__ inline std::int64_t first_index() {
  return std::int64_t{blockIdx.x} * blockDim.x + threadIdx.x;
}
__device__ inline std::int64_t index_step() { return std::int64_t{gridDim.x} * blockDim.x; }

}  // namespace credence::cuda
