// The host's side of launching a kernel, without CUDA's headers.
#pragma once

#include "framework/device/account.hpp"

#include <cstddef>

namespace credence::cuda {

/// The number of threads of a block, where a launch does not say otherwise.
inline constexpr unsigned kThreads = 256;

/// Numbers of blocks in a grid, or of threads in a block, along each dimension.
struct Extent {
  unsigned x = 1;
  unsigned y = 1;
  unsigned z = 1;

  constexpr Extent(unsigned along_x, unsigned along_y = 1,
                   unsigned along_z = 1)  // NOLINT: a number is meant
      : x(along_x), y(along_y), z(along_z) {}
  constexpr std::size_t count() const { return std::size_t{x} * y * z; }
};

/// A kernel's name for errors, and what distinguishes it from others of this name in an account.
struct KernelName {
  const char* op;
  const char* part = "";

  KernelName(const char* of_op, const char* of_part = "")  // NOLINT: mostly it is the op alone
      : op(of_op), part(of_part) {}
};

/// How a kernel is launched, and for an account what it moves and computes.
struct LaunchShape {
  Extent blocks;
  device::Work work{};
  Extent threads = kThreads;
  std::size_t shared_bytes = 0;  ///< of dynamic shared memory for each block, at most 48 KiB
};

/// Puts a kernel into the stream. `arguments` has a pointer to each argument. Throws Error with the
/// kernel's name where it cannot be launched or an earlier one failed.
void launch_raw(const char* name, const void* kernel, const LaunchShape& shape, void** arguments);

}  // namespace credence::cuda
