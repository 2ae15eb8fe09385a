// Positions of elements in operands that are broadcast.
#pragma once

#include "framework/cuda/runtime/launch.hpp"
#include "framework/kernels/shapes.hpp"

namespace credence::cuda {

/// Offsets in the two operands of a loop.
struct Place {
  std::int64_t a = 0;
  std::int64_t b = 0;
};

/// The offsets of element `index` of a loop in both operands.
__device__ inline Place place(const BroadcastLoop& loop, std::int64_t index) {
  Place result;
  for (int i = loop.rank - 1; i >= 0; --i) {
    const std::int64_t position = index % loop.extents[i];
    index /= loop.extents[i];
    result.a += position * loop.a_strides[i];
    result.b += position * loop.b_strides[i];
  }
  return result;
}

}  // namespace credence::cuda
