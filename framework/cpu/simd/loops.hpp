// Loops over flat arrays that the kernel files share: y[i] = body(x[i]…), and sums. They are
// templates of the element type: float32 is computed in vectors (Vec), float64 element by element.
// One text of a kernel thus gives the fast form and the reference.
#pragma once

#include "framework/core/parallel.hpp"
#include "framework/cpu/simd/vector_math.hpp"
#include "framework/formulas/pointwise.hpp"

#include <cmath>

namespace credence::cpu {
namespace CREDENCE_ISA {

/// The number type that a kernel for element type T computes in.
template <class T>
struct LanesOf {
  using type = Vec;
  static constexpr std::int64_t width = kLanes;
};
template <>
struct LanesOf<double> {
  using type = double;
  static constexpr std::int64_t width = 1;
};
template <class T>
using Lanes = typename LanesOf<T>::type;
template <class T>
inline constexpr std::int64_t kWidth = LanesOf<T>::width;

inline double load(const double* source) { return *source; }
inline void store(double* destination, double x) { *destination = x; }
inline double load_partial(const double* source, std::int64_t) { return *source; }
inline void store_partial(double* destination, double x, std::int64_t) { *destination = x; }
inline double sum_lanes(double x) { return x; }

/// A vector of which the first `count` elements, 1 to kWidth<T>, are read or written.
template <class T>
Lanes<T> load_some(const T* source, std::int64_t count) {
  return count == kWidth<T> ? load(source) : load_partial(source, count);
}
template <class T>
void store_some(T* destination, Lanes<T> x, std::int64_t count) {
  if (count == kWidth<T>) {
    store(destination, x);
  } else {
    store_partial(destination, x, count);
  }
}

/// x [n] = 0
template <class T>
void clear(std::int64_t n, T* x) {
  if (n > 0) std::memset(x, 0, static_cast<std::size_t>(n) * sizeof(T));
}

/// Elements per range of a parallel loop over a flat array: large enough to pay for waking a
/// thread.
inline constexpr std::int64_t kGrain = 32768;

/// Vectors that a loop works on at a time. The instructions of one vector mostly wait for each
/// other, so the compiler interleaves those of several (`interleaved_args` in
/// framework/meson.build).
template <class T>
inline constexpr std::int64_t kInterleaved = std::is_same_v<T, float> ? 4 : 1;

/// y[i] = body(x[i]…) for i in [0, n), on the calling thread. Inputs and output are contiguous.
template <class T, class Body, class... Inputs>
void map_serial(std::int64_t n, T* y, Body body, const Inputs*... inputs) {
  std::int64_t i = 0;
  constexpr std::int64_t kVectors = kInterleaved<T>;
  constexpr std::int64_t kBlock = kVectors * kWidth<T>;
  if constexpr (kVectors > 1) {
    for (; i + kBlock <= n; i += kBlock) {
      Lanes<T> results[kVectors];
#pragma GCC unroll 4
      for (std::int64_t j = 0; j < kVectors; ++j) {
        results[j] = body(load(inputs + i + j * kWidth<T>)...);
      }
#pragma GCC unroll 4
      for (std::int64_t j = 0; j < kVectors; ++j) {
        store(y + i + j * kWidth<T>, results[j]);
      }
    }
  }
  for (; i + kWidth<T> <= n; i += kWidth<T>) store(y + i, body(load(inputs + i)...));
  if (i < n) store_partial(y + i, body(load_partial(inputs + i, n - i)...), n - i);
}

/// Two results of one body. simd.hpp says why it is no std::pair.
template <class V>
struct Two {
  V first;
  V second;
};
template <class V>
Two(V, V) -> Two<V>;

/// The same with two results: body returns a Two.
template <class T, class Body, class... Inputs>
void map_serial_two(std::int64_t n, T* y, T* z, Body body, const Inputs*... inputs) {
  std::int64_t i = 0;
  for (; i + kWidth<T> <= n; i += kWidth<T>) {
    const auto [first, second] = body(load(inputs + i)...);
    store(y + i, first);
    store(z + i, second);
  }
  if (i < n) {
    const auto [first, second] = body(load_partial(inputs + i, n - i)...);
    store_partial(y + i, first, n - i);
    store_partial(z + i, second, n - i);
  }
}

/// map_serial on several threads.
template <class T, class Body, class... Inputs>
void map(std::int64_t n, T* y, Body body, const Inputs*... inputs) {
  parallel_for(n, kGrain, [&](std::int64_t begin, std::int64_t end) {
    map_serial(end - begin, y + begin, body, (inputs + begin)...);
  });
}

/// The sum of n elements in running sums of type T. n should be so small that they lose no digit.
template <class T>
T sum_block(const T* x, std::int64_t n) {
  // Four running sums hide the latency of the addition; their number is part of the result's
  // definition.
  Lanes<T> sums[4] = {Lanes<T>(0), Lanes<T>(0), Lanes<T>(0), Lanes<T>(0)};
  std::int64_t i = 0;
  for (; i + 4 * kWidth<T> <= n; i += 4 * kWidth<T>) {
    for (int j = 0; j < 4; ++j) sums[j] = sums[j] + load(x + i + j * kWidth<T>);
  }
  for (; i + kWidth<T> <= n; i += kWidth<T>) sums[0] = sums[0] + load(x + i);
  if (i < n) sums[1] = sums[1] + load_partial(x + i, n - i);
  return sum_lanes((sums[0] + sums[1]) + (sums[2] + sums[3]));
}

/// The sum of n elements: blocks are summed in T and the sums of blocks in double. The bits depend
/// on the elements alone.
template <class T>
T sum_contiguous(const T* x, std::int64_t n) {
  constexpr std::int64_t kBlock = 4096;
  if (n <= kBlock) return sum_block(x, n);
  double total = 0;
  for (std::int64_t i = 0; i < n; i += kBlock) {
    total += static_cast<double>(sum_block(x + i, n - i < kBlock ? n - i : kBlock));
  }
  return static_cast<T>(total);
}

/// The sum over [0, n), where range(begin, end) returns that over one range. n alone decides the
/// ranges, and their sums are added in order, so the bits do not depend on the number of threads.
template <class Range>
double sum_ranges(std::int64_t n, Range range) {
  constexpr std::int64_t kMostRanges = 256;
  const std::int64_t grain = n / kMostRanges < kGrain ? kGrain : n / kMostRanges + 1;
  double partial[kMostRanges + 1] = {};
  parallel_for(n, grain, [&](std::int64_t begin, std::int64_t end) {
    partial[begin / grain] = range(begin, end);
  });
  double total = 0;
  for (const double part : partial) total += part;
  return total;
}

}  // namespace CREDENCE_ISA
}  // namespace credence::cpu
