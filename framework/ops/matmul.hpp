// The product of two matrices.
#pragma once

#include "framework/autograd/variable.hpp"

namespace credence {

/// The matrix product of a [M, K] and b [K, N]: [M, N]. Throws ShapeError where they do not fit.
Variable matmul(const Variable& a, const Variable& b);

}  // namespace credence
