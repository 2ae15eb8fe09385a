// Sums over the 32 threads of a warp, which run together and read each other's registers without
// memory or a barrier.
#pragma once

#include "framework/cuda/runtime/launch.hpp"

namespace credence::benchmarks {

inline constexpr unsigned kWarp = 32;
inline constexpr unsigned kWholeWarp = 0xFFFFFFFFU;

/// The sum over the warp, to its first thread: each time the upper half of the numbers that are
/// left comes down. All threads of the warp must call it.
__device__ inline float sum_of_warp(float sum) {
  for (unsigned half = kWarp / 2; half > 0; half /= 2) {
    sum += __shfl_down_sync(kWholeWarp, sum, half);
  }
  return sum;
}

/// Combines the values of all threads of the warp, and returns the result to each: every thread
/// exchanges with that whose number differs in one bit, then in the next (a butterfly).
template <class T, class Combine>
__device__ T combined_in_warp(T value, Combine combine) {
  for (unsigned bit = kWarp / 2; bit > 0; bit /= 2) {
    value = combine(value, __shfl_xor_sync(kWholeWarp, value, static_cast<int>(bit)));
  }
  return value;
}

}  // namespace credence::benchmarks
