// Batch normalisation (Ioffe and Szegedy 2015, arXiv 1502.03167). With x̂ = (x − mean) / √(variance
// + ε) and M elements in a channel:
//   ∂bias = Σ ∂y,  ∂weight = Σ ∂y x̂,
//   ∂x = weight / √(variance + ε) · (∂y − ∂bias / M − x̂ ∂weight / M) in training,
//   ∂x = weight / √(variance + ε) · ∂y                               with the running statistics.
#include "framework/ops/normalization.hpp"

#include "framework/base/error.hpp"
#include "framework/dispatch/kernels.hpp"
#include "framework/ops/checks.hpp"

#include <cmath>
#include <string>

namespace credence {
namespace {

constexpr const char* kName = "batch_norm";

BatchNormShape batch_norm_shape(const Shape& x, bool training) {
  if (x.rank() < 2) {
    throw ShapeError("[batch_norm] the input must be [N, C, spatial…], not the shape " +
                     x.to_string());
  }
  const BatchNormShape shape{x[0], x[1], x.numel_from(2)};
  if (training && shape.count() < 2) {
    throw ShapeError("[batch_norm] the variance needs two elements per channel or more: input " +
                     x.to_string());
  }
  return shape;
}

void check_options(const BatchNormalizationOptions& options) {
  if (!(options.momentum >= 0 && options.momentum <= 1)) {
    throw ValueError("[batch_norm] the momentum must be in [0, 1], not " +
                     std::to_string(options.momentum));
  }
  if (!(options.epsilon > 0 && std::isfinite(options.epsilon))) {
    throw ValueError("[batch_norm] epsilon must be positive and finite, not " +
                     std::to_string(options.epsilon));
  }
}

void check_per_channel(const Variable& x, const char* what, const Variable& values) {
  check_rank(kName, what, values, 1);
  check_extent(kName, what, values.shape(), 0, x.shape()[1]);
  check_same_type(kName, x, values);
}

}  // namespace

Variable batch_norm(const Variable& x, const Variable& weight, const Variable& bias,
                    const Tensor& running_mean, const Tensor& running_variance,
                    const BatchNormalizationOptions& options) {
  check_options(options);
  const BatchNormShape shape = batch_norm_shape(x.shape(), options.training);
  check_per_channel(x, "the weight", weight);
  check_per_channel(x, "the bias", bias);
  check_per_channel(x, "the running mean", Variable(running_mean));
  check_per_channel(x, "the running variance", Variable(running_variance));
  const bool training = options.training;
  const Tensor x_value = x.value();
  const Tensor weight_value = weight.value();
  const Tensor y = Tensor::empty_like(x_value);
  // A copy of the running mean, which may have moved on by the time of the backward pass.
  const Tensor mean = training ? Tensor::empty_like(weight_value) : running_mean.clone();
  const Tensor inverse_deviation = Tensor::empty_like(weight_value);
  visit_kernels(y, [&](const auto& kernels) {
    if (training) {
      kernels.batch_norm_training_forward(shape, options.epsilon, options.momentum, x_value,
                                          weight_value, bias.value(), running_mean,
                                          running_variance, y, mean, inverse_deviation);
    } else {
      kernels.batch_norm_forward(shape, options.epsilon, x_value, weight_value, bias.value(), mean,
                                 running_variance, y, inverse_deviation);
    }
  });
  const bool want_x = x.requires_grad();
  return make_result(y, {x, weight, bias}, [=](const Tensor& grad) -> Gradients {
    const Tensor grad_x = want_x ? Tensor::empty_like(grad) : Tensor();
    const Tensor grad_weight = Tensor::empty_like(weight_value);
    const Tensor grad_bias = Tensor::empty_like(weight_value);
    visit_kernels(grad, [&](const auto& kernels) {
      kernels.batch_norm_backward(shape, training, x_value, weight_value, mean, inverse_deviation,
                                  grad, IfDefined(grad_x), grad_weight, grad_bias);
    });
    return {grad_x, grad_weight, grad_bias};
  });
}

}  // namespace credence
