// Sums over dimensions, and what follows from them. y = Σ x has the gradient ∂x = ∂y, broadcast to
// x's shape; the mean is the sum divided by the number of elements summed.
#include "framework/ops/reduce.hpp"

#include "framework/autograd/op_observer.hpp"
#include "framework/base/error.hpp"
#include "framework/dispatch/kernels.hpp"
#include "framework/ops/arithmetic.hpp"
#include "framework/ops/checks.hpp"
#include "framework/ops/pointwise.hpp"

#include <algorithm>
#include <string>

namespace credence {
namespace {

// x's shape with extent 1 in the dimensions to reduce.
Shape kept_shape(const char* op, const Shape& shape, const std::vector<int>& dimensions) {
  Shape kept = shape;
  std::vector<bool> seen(static_cast<std::size_t>(shape.rank()));
  for (const int dimension : dimensions) {
    const int index = shape.dimension_index(dimension);
    if (seen[static_cast<std::size_t>(index)]) {
      throw ShapeError(std::string("[") + op + "] dimension " + std::to_string(dimension) +
                       " is named twice");
    }
    seen[static_cast<std::size_t>(index)] = true;
    kept = kept.with(index, 1);
  }
  return kept;
}

Shape squeezed_shape(const Shape& shape, const std::vector<int>& dimensions) {
  std::vector<std::int64_t> extents;
  for (int i = 0; i < shape.rank(); ++i) {
    const bool reduced = std::any_of(dimensions.begin(), dimensions.end(), [&](int dimension) {
      return shape.dimension_index(dimension) == i;
    });
    if (!reduced) extents.push_back(shape[i]);
  }
  return Shape(std::span<const std::int64_t>(extents));
}

Tensor broadcast_to(const Tensor& x, const Shape& shape) {
  const Tensor y = Tensor::empty(shape, x.dtype(), x.device());
  // The loop's first operand carries the shape: a scalar would not stretch it.
  BroadcastLoop loop = broadcast_loop(shape, x.shape(), "sum");
  loop.a_strides = loop.b_strides;
  // The larger of x and x, which is x.
  visit_kernels(x, [&](const auto& kernels) {
    constexpr std::size_t kLarger = arithmetic::Catalogue::index_of<arithmetic::Larger>();
    kernels.arithmetic_forward[kLarger](loop, x, x, y);
  });
  return y;
}

// The sum over `axes`: `kept` with their extents being 1, in the shape `result`.
Variable sum_as(const Variable& x, const std::vector<std::int64_t>& axes, const Shape& kept,
                const Shape& result) {
  const Tensor y = sum_to_shape(x.value(), kept).reshape(result);
  const Shape shape = x.shape();
  // A sum over nothing shares x's memory; the result of an op must not.
  const Variable total = make_result(
      kept == shape ? y.clone() : y, {x},
      [=](const Tensor& grad) -> Gradients { return {broadcast_to(grad.reshape(kept), shape)}; });
  return described(total, [&] {
    const std::int64_t keeps = kept == result ? 1 : 0;
    return OpCall{"sum", {x}, {{"axes", axes}, {"keepdims", keeps}}};
  });
}

double reduced_count(const Variable& x, const Variable& reduced) {
  return static_cast<double>(x.value().numel()) /
         static_cast<double>(std::max<std::int64_t>(reduced.value().numel(), 1));
}

}  // namespace

Variable sum(const Variable& x) {
  Shape kept = x.shape();
  std::vector<std::int64_t> axes;
  for (int i = 0; i < kept.rank(); ++i) {
    kept = kept.with(i, 1);
    axes.push_back(i);
  }
  return sum_as(x, axes, kept, {});
}

Variable sum(const Variable& x, const std::vector<int>& dimensions, bool keepdim) {
  const Shape kept = kept_shape("sum", x.shape(), dimensions);
  std::vector<std::int64_t> axes;
  for (const int dimension : dimensions) axes.push_back(x.shape().dimension_index(dimension));
  return sum_as(x, axes, kept, keepdim ? kept : squeezed_shape(x.shape(), dimensions));
}

Variable mean(const Variable& x) {
  const Variable total = sum(x);
  return affine(total, 1 / reduced_count(x, total), 0);
}

Variable mean(const Variable& x, const std::vector<int>& dimensions, bool keepdim) {
  const Variable total = sum(x, dimensions, keepdim);
  return affine(total, 1 / reduced_count(x, total), 0);
}

Tensor argmax(const Tensor& x) {
  check_rank("argmax", "the input", Variable(x), 2);
  if (x.shape()[1] == 0) {
    throw ShapeError("[argmax] a row without columns has no largest element: input " +
                     x.shape().to_string());
  }
  const Tensor indices = Tensor::empty({x.shape()[0]}, DType::int64, x.device());
  visit_kernels(
      x, [&](const auto& kernels) { kernels.argmax(x.shape()[0], x.shape()[1], x, indices); });
  return indices;
}

Tensor sum_to_shape(const Tensor& x, const Shape& shape) {
  if (x.shape() == shape) return x;
  const BroadcastLoop loop = broadcast_loop(x.shape(), shape, "sum");
  const Tensor y = Tensor::empty(shape, x.dtype(), x.device());
  visit_kernels(x, [&](const auto& kernels) { kernels.sum_to(loop, x, y); });
  return y;
}

}  // namespace credence
