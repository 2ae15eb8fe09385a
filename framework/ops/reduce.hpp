// Sums, means and the argmax over dimensions of a tensor.
#pragma once

#include "framework/autograd/variable.hpp"

#include <vector>

namespace credence {

/// The sum of all elements, a scalar. Added up in fixed chunks: the same bits with any number of
/// threads.
Variable sum(const Variable& x);
/// The sum over some dimensions; they stay with extent 1 where keepdim is set.
/// Throws ShapeError for a dimension outside the shape or named twice.
Variable sum(const Variable& x, const std::vector<int>& dimensions, bool keepdim = false);
/// The arithmetic mean, likewise.
Variable mean(const Variable& x);
Variable mean(const Variable& x, const std::vector<int>& dimensions, bool keepdim = false);

/// The index (int64) of the largest element of each row of a [N, C] tensor, the first where several
/// are equal; a NaN is larger than any number, as in numpy. Not differentiable. Throws ShapeError
/// where C is 0.
Tensor argmax(const Tensor& x);

/// Sums `x` over the dimensions along which `shape` broadcasts to x's shape; a shared handle where
/// the shapes are equal. The adjoint of broadcasting.
Tensor sum_to_shape(const Tensor& x, const Shape& shape);

}  // namespace credence
