// The last step of sums that were made in each lane of a vector apart: total[i] = Σ over the lanes
// of vector i.
#pragma once

#include "framework/cpu/products/gemm.hpp"
#include "framework/cpu/simd/loops.hpp"
#include "framework/cpu/simd/transpose.hpp"

namespace credence::cpu {
namespace CREDENCE_ISA {

/// total [n] = the sums of the lanes of n vectors.
inline void add_lanes(std::int64_t n, const float* vectors, float* total) {
  for (std::int64_t i = 0; i < n; i += kLanes) {
    Vec square[kLanes];
    for (std::int64_t j = 0; j < kLanes; ++j) {
      square[j] = i + j < n ? load(vectors + (i + j) * kLanes) : Vec(0);
    }
    transpose_square(square);
    for (int j = 1; j < kLanes; ++j) square[0] += square[j];
    store_some(total + i, square[0], smaller(kLanes, n - i));
  }
}

}  // namespace CREDENCE_ISA
}  // namespace credence::cpu
