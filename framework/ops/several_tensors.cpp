// Ops of several tensors. y = exp(a) x² has the gradients ∂a = ∂y · y and ∂x = ∂y · 2 exp(a) x;
// s = c Σ log σ(x) has ∂x = ∂s · c σ(−x).
#include "framework/ops/several_tensors.hpp"

#include "framework/base/error.hpp"
#include "framework/dispatch/kernels.hpp"
#include "framework/ops/checks.hpp"

#include <string>

namespace credence {
namespace {

std::vector<Tensor> values_of(const std::vector<Variable>& variables) {
  std::vector<Tensor> values;
  for (const Variable& variable : variables) values.push_back(variable.value());
  return values;
}

std::vector<bool> wanted_of(const std::vector<Variable>& inputs) {
  std::vector<bool> wanted;
  for (const Variable& input : inputs) wanted.push_back(input.requires_grad());
  return wanted;
}

// Where a gradient is wanted and reaches the op.
Tensor gradient_like(const Tensor& x, bool wanted, const Tensor& grad) {
  return wanted && grad.defined() ? Tensor::empty_like(x) : Tensor();
}

Gradients scaled_squares_backward(const std::vector<Tensor>& a, const std::vector<Tensor>& x,
                                  const std::vector<bool>& wanted, const Gradients& grads) {
  const std::size_t pairs = a.size();
  Gradients of_inputs(2 * pairs);
  for (std::size_t i = 0; i < pairs; ++i) {
    of_inputs[i] = gradient_like(a[i], wanted[i], grads[i]);
    of_inputs[pairs + i] = gradient_like(x[i], wanted[pairs + i], grads[i]);
  }
  visit_kernels(a.front(), [&]<class T>(const Kernels<T>& kernels) {
    std::vector<ScaledSquareGradient<T>> list;
    for (std::size_t i = 0; i < pairs; ++i) {
      if (!grads[i].defined()) continue;
      list.push_back({a[i].numel(), a[i].data<T>(), x[i].data<T>(), grads[i].data<T>(),
                      IfDefined(of_inputs[i]), IfDefined(of_inputs[pairs + i])});
    }
    kernels.scaled_squares_backward(list);
  });
  return of_inputs;
}

}  // namespace

std::vector<Variable> scaled_squares(const std::vector<Variable>& log_scales,
                                     const std::vector<Variable>& x) {
  if (log_scales.size() != x.size()) {
    throw ShapeError("[scaled_squares] " + std::to_string(log_scales.size()) + " and " +
                     std::to_string(x.size()) + " tensors make no pairs");
  }
  if (x.empty()) return {};
  std::vector<Tensor> y;
  for (std::size_t i = 0; i < x.size(); ++i) {
    check_same_type("scaled_squares", x.front(), x[i]);
    check_same_type("scaled_squares", x.front(), log_scales[i]);
    if (log_scales[i].shape() != x[i].shape()) {
      throw ShapeError("[scaled_squares] the shapes " + log_scales[i].shape().to_string() +
                       " and " + x[i].shape().to_string() + " of a pair differ");
    }
    y.push_back(Tensor::empty_like(x[i].value()));
  }
  const std::vector<Tensor> a = values_of(log_scales);
  const std::vector<Tensor> b = values_of(x);
  visit_kernels(y.front(), [&]<class T>(const Kernels<T>& kernels) {
    std::vector<ScaledSquare<T>> list;
    for (std::size_t i = 0; i < y.size(); ++i) {
      list.push_back({y[i].numel(), a[i].data<T>(), b[i].data<T>(), y[i].data<T>()});
    }
    kernels.scaled_squares_forward(list);
  });
  std::vector<Variable> inputs = log_scales;
  inputs.insert(inputs.end(), x.begin(), x.end());
  return make_results(std::move(y), inputs,
                      [=, wanted = wanted_of(inputs)](const Gradients& grads) {
                        return scaled_squares_backward(a, b, wanted, grads);
                      });
}

Variable log_sigmoid_sum(const std::vector<Variable>& x, double factor) {
  if (x.empty()) throw Error("[log_sigmoid_sum] there is no tensor, expected at least one");
  for (const Variable& one : x) check_same_type("log_sigmoid_sum", x.front(), one);
  const std::vector<Tensor> values = values_of(x);
  const Tensor sum = Tensor::empty({}, x.front().dtype(), x.front().device());
  visit_kernels(sum, [&]<class T>(const Kernels<T>& kernels) {
    std::vector<Array<T>> list;
    for (const Tensor& value : values) list.push_back({value.numel(), value.data<T>()});
    kernels.log_sigmoid_sum_forward(list, factor, sum);
  });
  return make_result(sum, x, [=, wanted = wanted_of(x)](const Tensor& grad) -> Gradients {
    Gradients gradients(values.size());
    visit_kernels(grad, [&]<class T>(const Kernels<T>& kernels) {
      std::vector<SumGradient<T>> list;
      for (std::size_t i = 0; i < values.size(); ++i) {
        if (!wanted[i]) continue;
        gradients[i] = Tensor::empty_like(values[i]);
        list.push_back({values[i].numel(), values[i].data<T>(), gradients[i].data<T>()});
      }
      kernels.log_sigmoid_sum_backward(list, factor, grad);
    });
    return gradients;
  });
}

}  // namespace credence
