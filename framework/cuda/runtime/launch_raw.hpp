// What starting a kernel needs to know, for host and device files.
#pragma once

namespace credence::cuda {

/// Threads of every block.
inline constexpr unsigned kThreads = 256;

/// Puts a kernel of `blocks` blocks into the stream. `arguments` points to its arguments. Throws
/// Error, naming the kernel, where it cannot be started or an earlier one failed.
void launch_raw(const char* name, const void* kernel, unsigned blocks, void** arguments);

}  // namespace credence::cuda
