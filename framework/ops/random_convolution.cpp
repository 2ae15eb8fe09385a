#include "framework/ops/random_convolution.hpp"

#include "framework/base/error.hpp"
#include "framework/dispatch/kernels.hpp"
#include "framework/ops/checks.hpp"
#include "framework/ops/convolution.hpp"
#include "framework/ops/pointwise.hpp"

#include <string>

namespace credence {
namespace {

constexpr double kEpsilon = 1e-8;

void check_moments(const char* op, const ConvolutionShape& shape, const Variable& x,
                   const Variable& weight_mean, const Variable& weight_variance,
                   const Variable& bias) {
  check_operands(op, x, weight_mean, bias);
  check_same_type(op, weight_mean, weight_variance);
  if (weight_mean.shape() != weight_variance.shape() ||
      weight_mean.value().numel() != shape.weight_numel() ||
      x.value().numel() != shape.input_numel()) {
    throw ShapeError(std::string("[") + op + "] mean and variance of the weight must have the " +
                     "shape of the layer: mean " + weight_mean.shape().to_string() + ", variance " +
                     weight_variance.shape().to_string() + ", input " + x.shape().to_string());
  }
}

using Fused = std::optional<pointwise::FusedActivation>;

OutputNoise output_noise(const RandomStream& stream, const Fused& activation) {
  return {stream, kEpsilon, activation ? &*activation : nullptr};
}

}  // namespace

Variable random_convolution(const char* op, const ConvolutionShape& shape, const Variable& x,
                            const Variable& weight_mean, const Variable& weight_variance,
                            const Variable& bias, const RandomStream& stream,
                            const std::optional<pointwise::Function>& activation) {
  check_moments(op, shape, x, weight_mean, weight_variance, bias);
  if (activation && !pointwise::FusedActivation::has(*activation)) {
    return pointwise::apply(
        *activation, random_convolution(op, shape, x, weight_mean, weight_variance, bias, stream));
  }
  const Fused fused(activation);
  const Tensor y = Tensor::empty(output_shape(shape, x.shape().rank()), x.dtype(), x.device());
  const Tensor kept = Tensor::empty_like(y);
  const Tensor x_value = x.value();
  const Tensor mean = weight_mean.value();
  const Tensor variance = weight_variance.value();
  visit_kernels(y, [&]<class T>(const Kernels<T>& kernels) {
    kernels.random_convolution_forward(
        shape, output_noise(stream, fused), x_value.data<T>(), mean.data<T>(), variance.data<T>(),
        bias.defined() ? bias.value().data<T>() : nullptr, y.data<T>(), kept.data<T>());
  });
  const bool want_x = x.requires_grad();
  const bool want_weight = weight_mean.requires_grad() || weight_variance.requires_grad();
  const bool want_bias = bias.requires_grad();
  const Tensor bias_value = want_bias ? bias.value() : Tensor();
  return make_result(
      y, {x, weight_mean, weight_variance, bias},
      [=, activated = fused ? y : Tensor()](Tensor grad) mutable {
        Gradients gradients(4);
        visit_kernels(grad, [&]<class T>(const Kernels<T>& kernels) {
          // In the place of what was kept: this runs once.
          const Tensor& grad_variance = kept;
          const Tensor grad_mean = fused ? Tensor::empty_like(grad) : grad;
          kernels.add_noise_backward(output_noise(stream, fused), grad.numel(),
                                     fused ? activated.data<T>() : nullptr, grad.data<T>(),
                                     kept.data<T>(), fused ? grad_mean.data<T>() : nullptr,
                                     grad_variance.data<T>());
          // Both give way to the gradients of the inputs.
          activated = Tensor();
          grad = grad_mean;
          if (want_x) {
            gradients[0] = Tensor::empty_like(x_value);
            kernels.moments_backward_data(shape, x_value.data<T>(), mean.data<T>(),
                                          variance.data<T>(), grad.data<T>(),
                                          grad_variance.data<T>(), gradients[0].data<T>());
          }
          if (want_weight) {
            gradients[1] = Tensor::empty_like(mean);
            gradients[2] = Tensor::empty_like(variance);
            kernels.moments_backward_weight(shape, x_value.data<T>(), grad.data<T>(),
                                            grad_variance.data<T>(), gradients[1].data<T>(),
                                            gradients[2].data<T>());
          }
          if (want_bias) {
            gradients[3] = Tensor::empty_like(bias_value);
            kernels.convolution_backward_bias(shape, grad.data<T>(), gradients[3].data<T>());
          }
        });
        return gradients;
      });
}

Variable folded_random_convolution(const char* op, const ConvolutionShape& shape, const Variable& x,
                                   const Variable& weight_mean, const Variable& weight_variance,
                                   const Variable& bias, const RandomStream& stream,
                                   const Fold& fold,
                                   const std::optional<pointwise::Function>& activation) {
  check_moments(op, shape, x, weight_mean, weight_variance, bias);
  if (activation && !pointwise::FusedActivation::has(*activation)) {
    return pointwise::apply(
        *activation,
        folded_random_convolution(op, shape, x, weight_mean, weight_variance, bias, stream, fold));
  }
  const Fused fused(activation);
  const std::int64_t rows = fold.samples * fold.images;
  if (shape.batch != fold.images && shape.batch != rows) {
    throw ShapeError(std::string("[") + op + "] a batch with " + std::to_string(fold.samples) +
                     " samples of " + std::to_string(fold.images) + " images has " +
                     std::to_string(fold.images) + " or " + std::to_string(rows) +
                     " rows, not those of " + x.shape().to_string());
  }
  const bool shared = shape.batch != rows;
  const Tensor mean = Tensor::empty(output_shape(shape, x.shape().rank()), x.dtype(), x.device());
  const Tensor variance = Tensor::empty_like(mean);
  const Tensor y = shared ? Tensor::empty(mean.shape().with(0, rows), x.dtype(), x.device()) : mean;
  visit_kernels(y, [&]<class T>(const Kernels<T>& kernels) {
    kernels.moments_forward(shape, x.value().data<T>(), weight_mean.value().data<T>(),
                            weight_variance.value().data<T>(),
                            bias.defined() ? bias.value().data<T>() : nullptr, mean.data<T>(),
                            variance.data<T>());
    const std::int64_t count = y.numel() / fold.samples;
    const std::int64_t step = shared ? 0 : count;
    for (std::int64_t sample = 0; sample < fold.samples; ++sample) {
      const RandomStream noise{stream.key, stream.draw + static_cast<std::uint64_t>(sample)};
      kernels.draw_normal(output_noise(noise, fused), count, mean.data<T>() + sample * step,
                          variance.data<T>() + sample * step, y.data<T>() + sample * count);
    }
  });
  return Variable(y);
}

}  // namespace credence
