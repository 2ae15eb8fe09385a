// Ops of several tensors. y = exp(a) x² has the gradients ∂a = ∂y · y and ∂x = ∂y · 2 exp(a) x;
// s = c Σ log σ(x) has ∂x = ∂s · c σ(−x); s = Σ fᵢ xᵢ has ∂xᵢ = ∂s · fᵢ.
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

// Without the scalars' values for the backward pass.
template <class T>
WeightedScalars<T> weighted_scalars(const std::vector<Tensor>& values,
                                    const std::vector<double>& factors) {
  WeightedScalars<T> scalars;
  scalars.x.count = static_cast<int>(factors.size());
  for (std::size_t i = 0; i < factors.size(); ++i) {
    scalars.factors[i] = factors[i];
    if (!values.empty()) scalars.x.values[i] = values[i].template data<T>();
  }
  return scalars;
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

Variable weighted_sum(const std::vector<Variable>& x, const std::vector<double>& factors) {
  if (x.empty() || x.size() != factors.size()) {
    throw ValueError("[weighted_sum] " + std::to_string(x.size()) + " scalars and " +
                     std::to_string(factors.size()) + " factors: expected as many of both, not 0");
  }
  for (const Variable& one : x) {
    check_same_type("weighted_sum", x.front(), one);
    if (one.value().numel() != 1) {
      throw ShapeError("[weighted_sum] expects scalars, not " + one.shape().to_string());
    }
  }
  constexpr std::size_t kMost = Scalars<float>::kMost;
  if (x.size() > kMost) {
    const auto head = static_cast<std::ptrdiff_t>(kMost);
    std::vector<Variable> rest(x.begin() + head, x.end());
    std::vector<double> factors_of_rest(factors.begin() + head, factors.end());
    rest.push_back(
        weighted_sum({x.begin(), x.begin() + head}, {factors.begin(), factors.begin() + head}));
    factors_of_rest.push_back(1);
    return weighted_sum(rest, factors_of_rest);
  }
  const std::vector<Tensor> values = values_of(x);
  const Tensor sum = Tensor::empty({}, x.front().dtype(), x.front().device());
  visit_kernels(sum, [&]<class T>(const Kernels<T>& kernels) {
    kernels.weighted_sum_forward(weighted_scalars<T>(values, factors), sum);
  });
  std::vector<Shape> shapes;
  for (const Tensor& value : values) shapes.push_back(value.shape());
  return make_result(sum, x, [shapes, factors](const Tensor& grad) -> Gradients {
    const auto count = static_cast<std::int64_t>(shapes.size());
    const Tensor all = Tensor::empty({count}, grad.dtype(), grad.device());
    visit_kernels(grad, [&]<class T>(const Kernels<T>& kernels) {
      kernels.weighted_sum_backward(weighted_scalars<T>({}, factors), grad, all);
    });
    Gradients gradients;
    for (std::int64_t i = 0; i < count; ++i) {
      gradients.push_back(all.slice(i, i + 1).reshape(shapes[static_cast<std::size_t>(i)]));
    }
    return gradients;
  });
}

}  // namespace credence
