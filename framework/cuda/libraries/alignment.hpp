// The alignment of arrays, by which the libraries choose their kernels.
#pragma once

#include <cstdint>
#include <initializer_list>

namespace credence::cuda {

/// The largest power of two, at most `most` (itself one), that divides the addresses of all arrays.
/// Parameters in an optimiser's buffer and slices are less aligned than the allocator's blocks.
inline std::uintptr_t alignment_of(std::initializer_list<const void*> arrays, std::uintptr_t most) {
  std::uintptr_t bits = most;
  for (const void* array : arrays) bits |= reinterpret_cast<std::uintptr_t>(array);
  return bits & (~bits + 1);
}

}  // namespace credence::cuda
