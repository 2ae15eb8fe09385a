// Positions of elements in operands that are broadcast.
#pragma once

#include "framework/cuda/divider.hpp"
#include "framework/kernels/shapes.hpp"

namespace credence::cuda {

/// Offsets in the two operands of a loop.
struct Place {
  std::int64_t a = 0;
  std::int64_t b = 0;
};

/// The number of different elements of an operand with these strides.
inline std::int64_t operand_numel(const BroadcastLoop& loop,
                                  const std::array<std::int64_t, Shape::kMaxRank>& strides) {
  std::int64_t numel = 1;
  for (std::size_t i = 0; i < static_cast<std::size_t>(loop.rank); ++i) {
    if (strides[i] != 0) numel *= loop.extents[i];
  }
  return numel;
}

/// A loop as kernels walk it.
struct FastLoop {
  int rank;
  std::int64_t numel;
  Divider extents[Shape::kMaxRank];
  std::int64_t a_strides[Shape::kMaxRank] = {};
  std::int64_t b_strides[Shape::kMaxRank] = {};

  explicit FastLoop(const BroadcastLoop& loop) : rank(loop.rank), numel(loop.numel) {
    for (std::size_t i = 0; i < static_cast<std::size_t>(rank); ++i) {
      extents[i] = Divider(loop.extents[i]);
      a_strides[i] = loop.a_strides[i];
      b_strides[i] = loop.b_strides[i];
    }
  }
};

/// The offsets of element `index` of a loop in both operands.
__device__ inline Place place(const FastLoop& loop, std::int64_t index) {
  Place result;
  for (int i = loop.rank - 1; i >= 0; --i) {
    const std::int64_t rest = loop.extents[i].quotient(index);
    const std::int64_t position = loop.extents[i].remainder(index, rest);
    index = rest;
    result.a += position * loop.a_strides[i];
    result.b += position * loop.b_strides[i];
  }
  return result;
}

}  // namespace credence::cuda
