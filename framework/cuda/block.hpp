// Reductions over a block's threads in a fixed tree, which give the same bits each time.
#pragma once

#include "framework/cuda/runtime/launch.hpp"

namespace credence::cuda {

/// a + b
struct Sum {
  template <class T>
  constexpr T operator()(T a, T b) const {
    return a + b;
  }
};

/// The larger of two numbers; NaN if either is NaN.
struct Largest {
  template <class T>
  constexpr T operator()(T a, T b) const {
    return a > b || a != a ? a : b;
  }
};

/// Reduces the values of all threads of the block by combine(), and returns the result to each. All
/// threads must call it.
template <class T, class Combine>
__device__ T block_reduce(T value, Combine combine) {
  __shared__ T values[kThreads];
  values[threadIdx.x] = value;
  __syncthreads();
  for (unsigned half = kThreads / 2; half > 0; half /= 2) {
    if (threadIdx.x < half) {
      values[threadIdx.x] = combine(values[threadIdx.x], values[threadIdx.x + half]);
    }
    __syncthreads();
  }
  const T result = values[0];
  // The next reduction writes to the same memory.
  __syncthreads();
  return result;
}

/// total = factor · Σ partial [parts], as one block.
template <class T>
__global__ void add_partial(std::int64_t parts, const double* partial, double factor, T* total) {
  double sum = 0;
  for (std::int64_t i = threadIdx.x; i < parts; i += kThreads) sum += partial[i];
  sum = block_reduce(sum, Sum{});
  if (threadIdx.x == 0) *total = static_cast<T>(factor * sum);
}

}  // namespace credence::cuda
