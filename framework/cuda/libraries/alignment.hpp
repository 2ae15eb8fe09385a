#pragma once

#include <cstdint>
#include <initializer_list>

namespace credence::cuda {

/// The largest power of two, at most `most` (one itself), that divides the addresses of all arrays.
/// Libraries choose their kernels by it: parameters in an optimiser's buffer and slices do not
/// begin where they would expect.
inline std::uintptr_t alignment_of(std::initializer_list<const void*> arrays, std::uintptr_t most) {
  std::uintptr_t bits = most;
  for (const void* array : arrays) bits |= reinterpret_cast<std::uintptr_t>(array);
  return bits & (~bits + 1);
}

}  // namespace credence::cuda
