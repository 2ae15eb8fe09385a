// y = f(x) and ∂x = f'(x) ∂y for the functions of the catalogue (formulas/pointwise.hpp).
#include "framework/ops/pointwise.hpp"

#include "framework/autograd/op_observer.hpp"
#include "framework/base/error.hpp"
#include "framework/dispatch/kernels.hpp"

#include <cmath>
#include <string>

namespace credence {
namespace pointwise {

Variable apply(const Function& function, const Variable& x) {
  const Tensor y = Tensor::empty_like(x.value());
  visit_kernels(y, [&](const auto& kernels) {
    kernels.pointwise_forward[function.entry.index](function.parameters, y.numel(), x.value(), y);
  });
  const Tensor saved = function.entry.keeps_output ? y : x.value();
  const Variable result = make_result(y, {x}, [function, saved](const Tensor& grad) -> Gradients {
    return {backward(function, saved, grad)};
  });
  return described(result, [&] {
    return OpCall{function.entry.name,
                  {x},
                  {{"first", function.parameters.first}, {"second", function.parameters.second}}};
  });
}

Tensor backward(const Function& function, const Tensor& saved, const Tensor& grad) {
  const Tensor grad_x = Tensor::empty_like(grad);
  visit_kernels(grad, [&](const auto& kernels) {
    kernels.pointwise_backward[function.entry.index](function.parameters, grad.numel(), saved, grad,
                                                     grad_x);
  });
  return grad_x;
}

}  // namespace pointwise

namespace {

template <class Functor>
Variable call(const Variable& x, const PointwiseParameters& parameters = {}) {
  return pointwise::apply({pointwise::kEntry<Functor>, parameters}, x);
}

void check_finite(const char* op, const char* what, double value) {
  if (std::isfinite(value)) return;
  throw ValueError(std::string("[") + op + "] " + what + " must be finite, not " +
                   std::to_string(value));
}

}  // namespace

Variable relu(const Variable& x) { return call<pointwise::Relu>(x); }
Variable leaky_relu(const Variable& x, double slope) {
  if (!(slope >= 0)) {
    throw ValueError("[leaky_relu] the slope must not be negative: " + std::to_string(slope));
  }
  return call<pointwise::LeakyRelu>(x, {slope, 0});
}
Variable elu(const Variable& x, double alpha) {
  check_finite("elu", "alpha", alpha);
  return call<pointwise::Elu>(x, {alpha, 0});
}
Variable softplus(const Variable& x, double beta) {
  if (!(beta > 0)) {
    throw ValueError("[softplus] beta must be positive, not " + std::to_string(beta));
  }
  return call<pointwise::Softplus>(x, {beta, 0});
}
Variable log_sigmoid(const Variable& x) { return call<pointwise::LogSigmoid>(x); }
Variable sigmoid(const Variable& x) { return call<pointwise::Sigmoid>(x); }
Variable silu(const Variable& x) { return call<pointwise::Silu>(x); }
Variable gelu(const Variable& x) { return call<pointwise::Gelu>(x); }
Variable gelu_tanh(const Variable& x) { return call<pointwise::GeluTanh>(x); }
Variable tanh(const Variable& x) { return call<pointwise::Tanh>(x); }
Variable exp(const Variable& x) { return call<pointwise::Exp>(x); }
Variable log(const Variable& x) { return call<pointwise::Log>(x); }
Variable log1p(const Variable& x) { return call<pointwise::Log1p>(x); }
Variable sqrt(const Variable& x) { return call<pointwise::Sqrt>(x); }
Variable square(const Variable& x) { return call<pointwise::Square>(x); }
Variable abs(const Variable& x) { return call<pointwise::Abs>(x); }
Variable pow(const Variable& x, double exponent) {
  check_finite("pow", "the exponent", exponent);
  return call<pointwise::Power>(x, {exponent, 0});
}
Variable reciprocal(const Variable& x) { return call<pointwise::Reciprocal>(x); }
Variable affine(const Variable& x, double scale, double shift) {
  return call<pointwise::Affine>(x, {scale, shift});
}
Variable clamp(const Variable& x, double low, double high) {
  if (!(low <= high)) {
    throw ValueError("[clamp] the lower bound " + std::to_string(low) +
                     " is above the upper bound " + std::to_string(high));
  }
  return call<pointwise::Clamp>(x, {low, high});
}
Variable normal_divergence(const Variable& log_variance, double prior_log_variance) {
  return call<pointwise::NormalDivergence>(log_variance, {prior_log_variance, 0});
}
Variable log_uniform_divergence(const Variable& log_alpha) {
  return call<pointwise::LogUniformDivergence>(log_alpha, {});
}

}  // namespace credence
