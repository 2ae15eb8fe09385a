// The log-softmax y = x − log Σ exp(x), with ∂x = ∂y − exp(y) Σ ∂y over each row, and the negative
// log-likelihood loss = −(1/N) Σ_n y[n, label_n], with ∂y[n, c] = −∂loss / N at c = label_n, else
// 0.
#include "framework/ops/softmax.hpp"

#include "framework/autograd/op_observer.hpp"
#include "framework/base/error.hpp"
#include "framework/dispatch/kernels.hpp"
#include "framework/ops/checks.hpp"
#include "framework/ops/pointwise.hpp"
#include "framework/ops/shape_ops.hpp"

#include <string>

namespace credence {
namespace {

void check_labels(const Shape& shape, const Tensor& labels) {
  if (labels.dtype() != DType::int64 || labels.shape() != Shape{shape[0]}) {
    throw ShapeError("[nll_loss] one int64 label per row is needed: labels " +
                     labels.shape().to_string() + " " + to_string(labels.dtype()) +
                     ", log-probabilities " + shape.to_string());
  }
  if (shape[0] == 0) {
    throw ShapeError("[nll_loss] the mean over no rows is undefined: log-probabilities " +
                     shape.to_string());
  }
  check_labels_in_range("nll_loss", "row", labels, shape[1]);
}

}  // namespace

Variable log_softmax(const Variable& x) {
  if (x.shape().rank() == 0) throw ShapeError("[log_softmax] a scalar has no last dimension");
  const std::int64_t columns = x.shape()[-1];
  const std::int64_t rows = columns == 0 ? 0 : x.shape().numel() / columns;
  const Tensor y = Tensor::empty_like(x.value());
  visit_kernels(
      y, [&](const auto& kernels) { kernels.log_softmax_forward(rows, columns, x.value(), y); });
  const Variable result = make_result(y, {x}, [=](const Tensor& grad) -> Gradients {
    const Tensor grad_x = Tensor::empty_like(grad);
    visit_kernels(grad, [&](const auto& kernels) {
      kernels.log_softmax_backward(rows, columns, y, grad, grad_x);
    });
    return {grad_x};
  });
  return described(result, [&] { return OpCall{"log_softmax", {x}}; });
}

Variable softmax(const Variable& x) { return exp(log_softmax(x)); }

Variable log_softmax(const Variable& x, int dimension) {
  const int along = x.shape().dimension_index(dimension);
  if (along == x.shape().rank() - 1) return log_softmax(x);
  return transpose(log_softmax(transpose(x, along, -1)), along, -1);
}

Variable softmax(const Variable& x, int dimension) { return exp(log_softmax(x, dimension)); }

Variable nll_loss(const Variable& log_probabilities, const Tensor& labels) {
  check_rank("nll_loss", "the log-probabilities", log_probabilities, 2);
  const Shape shape = log_probabilities.shape();
  check_labels(shape, labels);
  const Tensor loss = Tensor::empty({}, log_probabilities.dtype(), log_probabilities.device());
  visit_kernels(loss, [&](const auto& kernels) {
    kernels.nll_loss_forward(shape[0], shape[1], log_probabilities.value(), labels, loss);
  });
  return make_result(loss, {log_probabilities}, [=](const Tensor& grad) -> Gradients {
    const Tensor grad_x = Tensor::empty(shape, grad.dtype(), grad.device());
    visit_kernels(grad, [&](const auto& kernels) {
      kernels.nll_loss_backward(shape[0], shape[1], labels, grad, grad_x);
    });
    return {grad_x};
  });
}

Variable cross_entropy(const Variable& logits, const Tensor& labels) {
  return nll_loss(log_softmax(logits), labels);
}

}  // namespace credence
