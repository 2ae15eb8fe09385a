// Ops of several tensors at once. They compute what the ops of one tensor do, on a device by one
// kernel for all tensors: starting a kernel takes longer than the work on a small tensor (as
// PyTorch's torch._foreach_ functions).
#pragma once

#include "framework/autograd/variable.hpp"

#include <vector>

namespace credence {

/// exp(log_scale) · x², elementwise, for each pair: as scaled_square (arithmetic.hpp) for operands
/// of one shape. Throws ShapeError where the lists or the shapes of a pair differ, and where the
/// tensors are not of one type and on one device.
std::vector<Variable> scaled_squares(const std::vector<Variable>& log_scales,
                                     const std::vector<Variable>& x);

/// factor · Σ log(sigmoid(x)) over all elements of all tensors, a scalar; 0 for tensors without
/// elements.
/// Throws Error where there is no tensor, and ShapeError where they are not of one type and on one
/// device.
Variable log_sigmoid_sum(const std::vector<Variable>& x, double factor = 1);

/// Σ factors[i] · x[i] of scalars, summed in double precision. Throws ValueError where the lists
/// differ in length or are empty, and ShapeError where an x is not a scalar, or the tensors are not
/// of one type and on one device.
Variable weighted_sum(const std::vector<Variable>& x, const std::vector<double>& factors);

}  // namespace credence
