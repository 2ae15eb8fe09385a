// Batch normalisation (Ioffe and Szegedy 2015, arXiv 1502.03167). With x̂ = (x − mean) / √(variance
// + ε) and M elements in a channel:
//   ∂bias = Σ ∂y,  ∂weight = Σ ∂y x̂,
//   ∂x = weight / √(variance + ε) · (∂y − ∂bias / M − x̂ ∂weight / M) in training,
//   ∂x = weight / √(variance + ε) · ∂y                               with the running statistics.
// Layer and group normalisation are the same for the rows of a matrix, times weight plus bias.
// Filter response normalisation (Singh and Krishnan 2020, arXiv 1911.09737). With
// x̂ = x / √(mean(x²) + ε) and means over a plane:
//   ∂bias = Σ ∂y,  ∂weight = Σ ∂y x̂,
//   ∂x = weight / √(mean(x²) + ε) · (∂y − x̂ mean(∂y x̂)).
#include "framework/ops/normalization.hpp"

#include "framework/autograd/op_observer.hpp"
#include "framework/base/error.hpp"
#include "framework/dispatch/kernels.hpp"
#include "framework/formulas/fused_activation.hpp"
#include "framework/ops/arithmetic.hpp"
#include "framework/ops/checks.hpp"
#include "framework/ops/shape_ops.hpp"
#include "framework/ops/shared_batch_norm.hpp"

#include <cmath>
#include <string>

namespace credence {
namespace {

void require_channels(const Shape& x) {
  if (x.rank() >= 2) return;
  throw ShapeError("[batch_norm] the input must be [N, C, spatial…], not the shape " +
                   x.to_string());
}

NormalizationShape batch_norm_shape(const Shape& x, bool training) {
  require_channels(x);
  const NormalizationShape shape{x[0], x[1], x.numel_from(2)};
  if (training && shape.count() < 2) {
    throw ShapeError("[batch_norm] the variance needs two elements per channel or more: input " +
                     x.to_string());
  }
  return shape;
}

void check_epsilon(const char* op, double epsilon) {
  if (epsilon > 0 && std::isfinite(epsilon)) return;
  throw ValueError(std::string("[") + op + "] epsilon must be positive and finite, not " +
                   std::to_string(epsilon));
}

void check_options(const BatchNormalizationOptions& options) {
  if (!(options.momentum >= 0 && options.momentum <= 1)) {
    throw ValueError("[batch_norm] the momentum must be in [0, 1], not " +
                     std::to_string(options.momentum));
  }
  check_epsilon("batch_norm", options.epsilon);
}

void check_per_channel(const char* op, const Variable& x, const char* what,
                       const Variable& values) {
  check_rank(op, what, values, 1);
  check_extent(op, what, values.shape(), 0, x.shape()[1]);
  check_same_type(op, x, values);
}

// The normalisation and the activation in one kernel.
Variable fused_filter_response_norm(const Variable& x, const Variable& weight, const Variable& bias,
                                    double epsilon,
                                    const std::optional<pointwise::Function>& function) {
  const NormalizationShape shape{x.shape()[0], x.shape()[1], x.shape().numel_from(2)};
  std::optional<pointwise::RecomputedActivation> activation;
  if (function) activation.emplace(*function);
  const Tensor x_value = x.value();
  const Tensor weight_value = weight.value();
  const Tensor bias_value = bias.value();
  const Tensor y = Tensor::empty_like(x_value);
  const Tensor inverse_root =
      Tensor::empty({shape.batch, shape.channels}, x_value.dtype(), x_value.device());
  visit_kernels(y, [&](const auto& kernels) {
    kernels.filter_response_norm_forward(shape, epsilon, activation ? &*activation : nullptr,
                                         x_value, weight_value, bias_value, y, inverse_root);
  });
  const Variable result = make_result(y, {x, weight, bias}, [=](const Tensor& grad) -> Gradients {
    const Tensor grad_x = Tensor::empty_like(grad);
    const Tensor grad_weight = Tensor::empty_like(weight_value);
    const Tensor grad_bias = Tensor::empty_like(weight_value);
    visit_kernels(grad, [&](const auto& kernels) {
      kernels.filter_response_norm_backward(shape, activation ? &*activation : nullptr, x_value,
                                            weight_value, bias_value, inverse_root, grad, grad_x,
                                            grad_weight, grad_bias);
    });
    return {grad_x, grad_weight, grad_bias};
  });
  return described(result, [&] {
    return OpCall{"filter_response_norm", {x, weight, bias}, {{"epsilon", epsilon}}};
  });
}

// A constant for each of `count` channels, of x's type and on its device.
Variable constant(const Variable& x, std::int64_t count, double value) {
  return Variable(Tensor::full({count}, value, x.dtype(), x.device()));
}

// (x − mean) / √(variance + ε) for each row of x [rows, count], by the kernel of batch
// normalisation, to which a row is a channel.
Variable normalized_rows(const Variable& x, double epsilon) {
  const NormalizationShape shape{1, x.shape()[0], x.shape()[1]};
  const Tensor x_value = x.value();
  const Tensor one = constant(x, shape.channels, 1).value();
  const Tensor zero = constant(x, shape.channels, 0).value();
  const Tensor y = Tensor::empty_like(x_value);
  const Tensor mean = Tensor::empty_like(one);
  const Tensor inverse_deviation = Tensor::empty_like(one);
  // The kernel moves running statistics; these are thrown away.
  const Tensor running_mean = zero.clone();
  const Tensor running_variance = one.clone();
  if (x_value.numel() > 0) {
    visit_kernels(y, [&](const auto& kernels) {
      kernels.batch_norm_training_forward(shape, epsilon, 0, x_value, one, zero, running_mean,
                                          running_variance, y, mean, inverse_deviation);
    });
  }
  const Variable result = make_result(y, {x}, [=](const Tensor& grad) -> Gradients {
    const Tensor grad_x = Tensor::empty_like(grad);
    if (grad.numel() == 0) return {grad_x};
    const Tensor grad_weight = Tensor::empty_like(one);
    const Tensor grad_bias = Tensor::empty_like(one);
    visit_kernels(grad, [&](const auto& kernels) {
      kernels.batch_norm_backward(shape, true, x_value, one, mean, inverse_deviation, grad, grad_x,
                                  grad_weight, grad_bias);
    });
    return {grad_x};
  });
  return described(result, [&] { return OpCall{"normalize_rows", {x}, {{"epsilon", epsilon}}}; });
}

// y · weight + bias, either of which may be undefined.
Variable scaled_and_shifted(Variable y, const Variable& weight, const Variable& bias) {
  if (weight.defined()) y = y * weight;
  return bias.defined() ? y + bias : y;
}

}  // namespace

namespace {

// With what is undefined replaced by what it stands for.
Variable batch_norm_of_some(const Variable& x, const Variable& weight, const Variable& bias,
                            const Tensor& running_mean, const Tensor& running_variance,
                            BatchNormalizationOptions options) {
  if (running_mean.defined() != running_variance.defined()) {
    throw ShapeError("[batch_norm] a running mean needs a running variance, and the reverse");
  }
  require_channels(x.shape());
  const auto or_constant = [&](const Variable& values, double value) {
    return values.defined() ? values : constant(x, x.shape()[1], value);
  };
  options.training = options.training || !running_mean.defined();
  return batch_norm(x, or_constant(weight, 1), or_constant(bias, 0),
                    or_constant(Variable(running_mean), 0).value(),
                    or_constant(Variable(running_variance), 1).value(), options);
}

}  // namespace

Variable batch_norm(const Variable& x, const Variable& weight, const Variable& bias,
                    const Tensor& running_mean, const Tensor& running_variance,
                    const BatchNormalizationOptions& options) {
  constexpr const char* kName = "batch_norm";
  if (!weight.defined() || !bias.defined() || !running_mean.defined()) {
    return batch_norm_of_some(x, weight, bias, running_mean, running_variance, options);
  }
  check_options(options);
  const BatchScope* const scope = options.training ? BatchScope::active() : nullptr;
  const bool shared = scope != nullptr && scope->shared_statistics() && !scope->group().alone();
  const NormalizationShape shape = batch_norm_shape(x.shape(), options.training && !shared);
  check_per_channel(kName, x, "the weight", weight);
  check_per_channel(kName, x, "the bias", bias);
  check_per_channel(kName, x, "the running mean", Variable(running_mean));
  check_per_channel(kName, x, "the running variance", Variable(running_variance));
  if (shared) {
    return shared_batch_norm(*scope, shape, x, weight, bias, running_mean, running_variance,
                             options);
  }
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
  const Variable result = make_result(y, {x, weight, bias}, [=](const Tensor& grad) -> Gradients {
    const Tensor grad_x = want_x ? Tensor::empty_like(grad) : Tensor();
    const Tensor grad_weight = Tensor::empty_like(weight_value);
    const Tensor grad_bias = Tensor::empty_like(weight_value);
    visit_kernels(grad, [&](const auto& kernels) {
      kernels.batch_norm_backward(shape, training, x_value, weight_value, mean, inverse_deviation,
                                  grad, IfDefined(grad_x), grad_weight, grad_bias);
    });
    return {grad_x, grad_weight, grad_bias};
  });
  return described(result, [&] {
    if (training) return OpCall{"batch_norm by the batch's own statistics", {x, weight, bias}};
    return OpCall{"batch_norm",
                  {x, weight, bias, Variable(running_mean), Variable(running_variance)},
                  {{"epsilon", options.epsilon}}};
  });
}

Variable layer_norm(const Variable& x, const Shape& normalized, const Variable& weight,
                    const Variable& bias, double epsilon) {
  constexpr const char* kName = "layer_norm";
  check_epsilon(kName, epsilon);
  const int first = x.shape().rank() - normalized.rank();
  bool fits = normalized.rank() > 0 && first >= 0;
  for (int i = 1; fits && i <= normalized.rank(); ++i) fits = x.shape()[-i] == normalized[-i];
  if (!fits) {
    throw ShapeError("[layer_norm] the last dimensions of the input " + x.shape().to_string() +
                     " must be " + normalized.to_string());
  }
  for (const Variable& values : {weight, bias}) {
    if (!values.defined()) continue;
    check_same_type(kName, x, values);
    if (values.shape() == normalized) continue;
    throw ShapeError("[layer_norm] weight and bias must have the shape " + normalized.to_string() +
                     ", not " + values.shape().to_string());
  }
  Shape rows = x.shape();
  for (int i = 1; i <= normalized.rank(); ++i) rows = rows.with(-i, 1);
  const Variable flat = reshape(x, Shape{rows.numel(), normalized.numel()});
  return scaled_and_shifted(reshape(normalized_rows(flat, epsilon), x.shape()), weight, bias);
}

Variable group_norm(const Variable& x, std::int64_t groups, const Variable& weight,
                    const Variable& bias, double epsilon) {
  constexpr const char* kName = "group_norm";
  check_epsilon(kName, epsilon);
  if (x.shape().rank() < 2) {
    throw ShapeError("[group_norm] the input must be [N, C, spatial…], not the shape " +
                     x.shape().to_string());
  }
  const std::int64_t channels = x.shape()[1];
  if (groups < 1 || channels % groups != 0) {
    throw ValueError("[group_norm] the groups must divide the channels, " + std::to_string(groups) +
                     " does not: input " + x.shape().to_string());
  }
  const auto per_channel = [&](const char* what, const Variable& values) -> Variable {
    if (!values.defined()) return {};
    check_per_channel(kName, x, what, values);
    return reshape(values, Shape{channels, 1});
  };
  const std::int64_t volume = x.shape().numel_from(2);
  const Variable rows = reshape(x, Shape{x.shape()[0] * groups, channels / groups * volume});
  const Variable y = reshape(normalized_rows(rows, epsilon), Shape{x.shape()[0], channels, volume});
  return reshape(
      scaled_and_shifted(y, per_channel("the weight", weight), per_channel("the bias", bias)),
      x.shape());
}

Variable filter_response_norm(const Variable& x, const Variable& weight, const Variable& bias,
                              const FilterResponseNormalizationOptions& options,
                              const std::optional<Activation>& activation) {
  constexpr const char* kName = "filter_response_norm";
  check_epsilon(kName, options.epsilon);
  if (x.shape().rank() < 3) {
    throw ShapeError("[filter_response_norm] the input must be [N, C, spatial…], not the shape " +
                     x.shape().to_string());
  }
  check_per_channel(kName, x, "the weight", weight);
  check_per_channel(kName, x, "the bias", bias);
  const std::optional<pointwise::Function> function =
      activation ? activation->function() : std::nullopt;
  const bool fused = function && pointwise::RecomputedActivation::has(*function) &&
                     OpObserver::active() == nullptr;
  const Variable y =
      fused_filter_response_norm(x, weight, bias, options.epsilon, fused ? function : std::nullopt);
  return fused ? y : activated(activation, y);
}

}  // namespace credence
