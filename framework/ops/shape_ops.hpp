// Ops that rearrange elements without computing on them.
#pragma once

#include "framework/autograd/variable.hpp"

#include <initializer_list>
#include <vector>

namespace credence {

/// The same elements in another shape, sharing x's memory; one extent may be -1 and is then
/// inferred. Throws ShapeError where the number of elements differs.
Variable reshape(const Variable& x, std::initializer_list<std::int64_t> extents);
Variable reshape(const Variable& x, const Shape& shape);

/// [N, …] to [N, numel / N], sharing x's memory. Throws ShapeError for a scalar.
Variable flatten(const Variable& x);

/// The inputs one after another along `dimension`, a negative one counted from the end.
/// Throws ShapeError where there are none or they differ in type or in another dimension.
Variable concat(const std::vector<Variable>& inputs, int dimension);

/// The parts of x along `dimension`, one after another, whose extents are given: the inverse of
/// concat, as torch.split. The parts are copies. Throws ShapeError unless the extents are not
/// negative and add up to that of x.
std::vector<Variable> split(const Variable& x, const std::vector<std::int64_t>& extents,
                            int dimension);

/// The elements [begin, end) of dimension 0, sharing x's memory. Throws ShapeError outside the
/// shape.
Variable slice(const Variable& x, std::int64_t begin, std::int64_t end);

}  // namespace credence
