// The host's side of launching a kernel, without CUDA's headers.
#pragma once

namespace credence::cuda {

/// The number of threads of every block.
inline constexpr unsigned kThreads = 256;

/// Puts a kernel of `blocks` blocks into the stream. `arguments` has a pointer to each argument.
/// Throws Error with the kernel's name where it cannot be launched or an earlier one failed.
void launch_raw(const char* name, const void* kernel, unsigned blocks, void** arguments);

}  // namespace credence::cuda
