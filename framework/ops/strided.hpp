// Copies between a contiguous tensor and elements that lie at regular distances in another one:
// what transposing, slicing with a step and repeating have in common.
#pragma once

#include "framework/core/tensor.hpp"

#include <cstdint>
#include <vector>

namespace credence {

/// Elements of a tensor: element (i, j, …) of a view is at offset + i · strides[0] + j · strides[1]
/// + …
struct StridedView {
  Shape shape;
  std::vector<std::int64_t> strides;  ///< one for each dimension, not negative
  std::int64_t offset = 0;
};

/// The strides of a contiguous tensor.
std::vector<std::int64_t> contiguous_strides(const Shape& shape);

/// The elements of a view of x as a new tensor of the view's shape. On the CPU for all element
/// types; elsewhere throws Error unless they are floating-point.
Tensor read_strided(const Tensor& x, const StridedView& view);
/// The same into `y`, which has as many elements as the view.
void read_strided(const Tensor& x, const StridedView& view, const Tensor& y);

/// Writes the elements of `values` to a view of `into`, whose elements lie apart from one another.
/// Throws likewise.
void write_strided(const Tensor& values, const StridedView& view, const Tensor& into);

}  // namespace credence
