// The product of two matrices.
#pragma once

#include "framework/autograd/variable.hpp"

namespace credence {

/// The matrix product of a [M, K] and b [K, N]: [M, N]; of more dimensions, the product of the
/// matrices in the last two, [batch…, M, N] with the batch dimensions broadcast; a vector [K] is a
/// row on the left and a column on the right, and that dimension is left out of the result, as
/// torch.matmul. Throws ShapeError where they do not fit.
Variable matmul(const Variable& a, const Variable& b);

}  // namespace credence
