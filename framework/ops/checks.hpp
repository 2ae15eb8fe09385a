// Checks that several ops share. Each throws ShapeError in the form "[op] rule: what was given".
#pragma once

#include "framework/autograd/variable.hpp"
#include "framework/base/error.hpp"

namespace credence {

/// Both operands have the same element type and device.
void check_same_type(const char* op, const Variable& a, const Variable& b);
/// The tensor has this rank; `what` names it.
void check_rank(const char* op, const char* what, const Variable& x, int rank);
/// `dimension` of `what` has this extent.
void check_extent(const char* op, const char* what, const Shape& shape, int dimension,
                  std::int64_t expected);

}  // namespace credence
