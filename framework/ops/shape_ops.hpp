// Ops that rearrange elements without computing on them.
#pragma once

#include "framework/autograd/variable.hpp"

#include <cstdint>
#include <initializer_list>
#include <vector>

namespace credence {

/// The same elements in another shape, sharing x's memory; one extent may be -1 and is then
/// inferred. Throws ShapeError where the number of elements differs.
Variable reshape(const Variable& x, std::initializer_list<std::int64_t> extents);
Variable reshape(const Variable& x, const Shape& shape);
/// The same for a rank that is known at run time only.
Variable reshape(const Variable& x, const std::vector<std::int64_t>& extents);

/// f of x as a batch of one, [1, …], and the one result of it.
template <class Function>
Variable as_batch_of_one(const Variable& x, Function f) {
  std::vector<std::int64_t> extents(x.shape().begin(), x.shape().end());
  extents.insert(extents.begin(), 1);
  const Variable y = f(reshape(x, extents));
  return reshape(y, std::vector<std::int64_t>(y.shape().begin() + 1, y.shape().end()));
}

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

/// The elements begin, begin + step, … below end of one dimension, a negative one counted from the
/// end, as a copy: x[:, begin:end:step] for dimension 1. Throws ShapeError unless 0 ≤ begin ≤ end ≤
/// the extent, ValueError unless step is positive.
Variable slice(const Variable& x, int dimension, std::int64_t begin, std::int64_t end,
               std::int64_t step = 1);

/// x with two dimensions exchanged, a copy. Throws ShapeError for a dimension outside the shape.
Variable transpose(const Variable& x, int first, int second);

/// x with its dimensions in another order, a copy: dimension i of the result is dimension order[i]
/// of x, as torch.permute. Throws ShapeError unless each dimension is named once.
Variable permute(const Variable& x, const std::vector<int>& order);

/// x repeated along the dimensions of extent 1 and those that it lacks in front, a copy, as
/// torch.broadcast_to. Throws ShapeError where x does not stretch to the shape.
Variable broadcast_to(const Variable& x, const Shape& shape);

/// What surrounds an image.
enum class PaddingMode : std::uint8_t {
  constant,  ///< one number
  circular   ///< the image again: what leaves on one side comes in on the other
};

/// x with `before` elements in front of and `after` elements behind those of one dimension, as
/// torch.nn.functional.pad. Throws ShapeError where a count is negative, or circular and above the
/// extent.
Variable pad(const Variable& x, int dimension, std::int64_t before, std::int64_t after,
             double value = 0, PaddingMode mode = PaddingMode::constant);

}  // namespace credence
