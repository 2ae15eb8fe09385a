// y = x at the indices. The gradient of y is added to the elements of ∂x from which y came.
#include "framework/ops/index_ops.hpp"

#include "framework/autograd/op_observer.hpp"
#include "framework/base/error.hpp"
#include "framework/dispatch/kernels.hpp"
#include "framework/ops/checks.hpp"
#include "framework/ops/shape_ops.hpp"

#include <string>
#include <vector>

namespace credence {
namespace {

std::string prefix(const char* op) { return std::string("[") + op + "] "; }

void check_indices(const char* op, const GatherShape& shape, const Tensor& index, Device device) {
  if (index.dtype() != DType::int64 || index.device() != device) {
    throw ShapeError(prefix(op) + "the indices must be int64 on " + to_string(device) + ", not " +
                     to_string(index.dtype()) + " on " + to_string(index.device()));
  }
  // Elsewhere a check of the indices would have to wait for the device.
  if (device != Device::cpu) {
    const bool none_fits = shape.extent == 0 && shape.ignored == GatherShape{}.ignored;
    if (!none_fits || index.numel() == 0) return;
    throw ValueError(prefix(op) + "no index fits an extent of 0: indices " +
                     index.shape().to_string());
  }
  const auto* const value = index.data<std::int64_t>();
  for (std::int64_t i = 0; i < index.numel(); ++i) {
    if ((value[i] >= 0 && value[i] < shape.extent) || value[i] == shape.ignored) continue;
    throw ValueError(prefix(op) + "indices must be at least 0 and below " +
                     std::to_string(shape.extent) + ": index " + std::to_string(i) + " is " +
                     std::to_string(value[i]));
  }
}

// The elements of x that the indices choose, in the shape `result`. The gradient's shape may ignore
// another index.
Variable chosen(const GatherShape& shape, const GatherShape& of_gradient, const Variable& x,
                const Tensor& index, const Shape& result) {
  const Tensor y = Tensor::empty(result, x.dtype(), x.device());
  visit_kernels(y, [&](const auto& kernels) { kernels.gather(shape, x.value(), index, y); });
  const Shape x_shape = x.shape();
  const Variable taken = make_result(y, {x}, [=](const Tensor& grad) -> Gradients {
    const Tensor grad_x = Tensor::zeros(x_shape, grad.dtype(), grad.device());
    visit_kernels(
        grad, [&](const auto& kernels) { kernels.scatter_add(of_gradient, grad, index, grad_x); });
    return {grad_x};
  });
  return described(taken, [&] { return OpCall{"gather", {x, Variable(index)}}; });
}

// x cut to the extents of the index in all other dimensions.
Variable cut_to(Variable x, int dimension, const Shape& index) {
  for (int i = 0; i < index.rank(); ++i) {
    if (i != dimension && index[i] < x.shape()[i]) x = slice(x, i, 0, index[i]);
  }
  return x;
}

}  // namespace

Variable gather(const Variable& x, int dimension, const Tensor& index,
                std::optional<std::int64_t> ignored) {
  constexpr const char* kName = "gather";
  const int along = x.shape().dimension_index(dimension);
  bool fits = index.shape().rank() == x.shape().rank();
  for (int i = 0; fits && i < x.shape().rank(); ++i) {
    fits = i == along || index.shape()[i] <= x.shape()[i];
  }
  if (!fits) {
    throw ShapeError(prefix(kName) + "the index " + index.shape().to_string() +
                     " must have the rank of the input " + x.shape().to_string() +
                     ", and no larger extent but in dimension " + std::to_string(along));
  }
  const Variable source = cut_to(x, along, index.shape());
  GatherShape shape;
  shape.extent = x.shape()[along];
  shape.count = index.shape()[along];
  shape.inner = index.shape().numel_from(along + 1);
  for (int i = 0; i < along; ++i) shape.outer *= index.shape()[i];
  shape.index_outer = shape.count * shape.inner;
  shape.index_count = shape.inner;
  shape.index_inner = 1;
  if (ignored) shape.ignored = *ignored;
  check_indices(kName, shape, index, x.device());
  return chosen(shape, shape, source, index, index.shape());
}

Variable embedding(const Variable& weight, const Tensor& indices,
                   std::optional<std::int64_t> padding_index) {
  constexpr const char* kName = "embedding";
  check_rank(kName, "the weight", weight, 2);
  GatherShape shape;
  shape.extent = weight.shape()[0];
  shape.count = indices.numel();
  shape.inner = weight.shape()[1];
  shape.index_count = 1;
  check_indices(kName, shape, indices, weight.device());
  std::vector<std::int64_t> extents(indices.shape().begin(), indices.shape().end());
  extents.push_back(shape.inner);
  GatherShape of_gradient = shape;
  if (padding_index) of_gradient.ignored = *padding_index;
  return chosen(shape, of_gradient, weight, indices, Shape(extents));
}

Tensor one_hot(const Tensor& indices, std::int64_t classes, DType dtype,
               std::optional<std::int64_t> ignored) {
  GatherShape shape;
  shape.outer = indices.numel();
  shape.extent = classes;
  shape.index_outer = 1;
  if (ignored) shape.ignored = *ignored;
  check_indices("one_hot", shape, indices, indices.device());
  std::vector<std::int64_t> extents(indices.shape().begin(), indices.shape().end());
  extents.push_back(classes);
  const Tensor result = Tensor::zeros(Shape(extents), dtype, indices.device());
  const Tensor ones = Tensor::full(indices.shape(), 1, dtype, indices.device());
  visit_kernels(result,
                [&](const auto& kernels) { kernels.scatter_add(shape, ones, indices, result); });
  return result;
}

}  // namespace credence
