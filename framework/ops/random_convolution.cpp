// The local reparametrisation trick: outputs drawn from their own normal distribution, and the
// gradients of that draw. The formulas stand in random_convolution.hpp.
#include "framework/ops/random_convolution.hpp"

#include "framework/autograd/op_observer.hpp"
#include "framework/base/error.hpp"
#include "framework/device/precision.hpp"
#include "framework/dispatch/kernels.hpp"
#include "framework/group/batch_scope.hpp"
#include "framework/ops/checks.hpp"
#include "framework/ops/convolution.hpp"
#include "framework/ops/pointwise.hpp"

#include <string>

namespace credence {
namespace {

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
  return {stream, kOutputVarianceEpsilon, activation ? &*activation : nullptr};
}

// The draw, followed by a function that its kernel applies.
Variable fused_draw(const ConvolutionShape& shape, const Variable& x, const Variable& weight_mean,
                    const Variable& weight_variance, const Variable& bias,
                    const RandomStream& whole, const Fused& activation) {
  const Tensor y = Tensor::empty(output_shape(shape, x.shape().rank()), x.dtype(), x.device());
  const RandomStream stream = stream_of_rows(whole, y.shape());
  const Tensor x_value = x.value();
  const Tensor mean = weight_mean.value();
  const Tensor variance = weight_variance.value();
  Tensor saved;
  visit_kernels(y, [&](const auto& kernels) {
    saved = Tensor::empty({kernels.random_convolution_saved(shape)}, y.dtype(), y.device());
    kernels.random_convolution_forward(shape, output_noise(stream, activation), x_value, mean,
                                       variance, IfDefined(bias.value()), y, saved);
  });
  const bool want_x = x.requires_grad();
  const bool want_weight = weight_mean.requires_grad() || weight_variance.requires_grad();
  const bool want_bias = bias.requires_grad();
  const Tensor bias_value = want_bias ? bias.value() : Tensor();
  const Variable result =
      make_result(y, {x, weight_mean, weight_variance, bias},
                  [=, saved_y = activation ? y : Tensor(),
                   forward_precision = precision()](Tensor grad) mutable {
                    if (precision() != forward_precision) {
                      throw Error("[random_convolution] the precision changed between the passes");
                    }
                    Gradients gradients(4);
                    visit_kernels(grad, [&](const auto& kernels) {
                      const Tensor grad_mean = activation ? Tensor::empty_like(grad) : Tensor();
                      // A closure runs once, so that it may write what was saved.
                      kernels.random_convolution_backward_output(
                          shape, output_noise(stream, activation), IfDefined(saved_y), grad, saved,
                          IfDefined(grad_mean));
                      // Frees the memory of y and of its gradient for the gradients of the inputs.
                      saved_y = Tensor();
                      if (activation) grad = grad_mean;
                      if (want_x) {
                        gradients[0] = Tensor::empty_like(x_value);
                        kernels.random_convolution_backward_data(shape, x_value, mean, variance,
                                                                 grad, saved, gradients[0]);
                      }
                      if (want_weight) {
                        gradients[1] = Tensor::empty_like(mean);
                        gradients[2] = Tensor::empty_like(variance);
                        kernels.random_convolution_backward_weight(shape, x_value, grad, saved,
                                                                   gradients[1], gradients[2]);
                      }
                      if (want_bias) {
                        gradients[3] = Tensor::empty_like(bias_value);
                        kernels.convolution_backward_bias(shape, grad, gradients[3]);
                      }
                    });
                    return gradients;
                  });
  return described(result, [&] {
    return OpCall{"random_convolution", {x, weight_mean, weight_variance, bias}};
  });
}

// The draws of all samples of a folded batch, likewise.
Variable fused_folded_draw(const ConvolutionShape& shape, const Variable& x,
                           const Variable& weight_mean, const Variable& weight_variance,
                           const Variable& bias, const RandomStream& stream, const Fold& fold,
                           const Fused& activation) {
  const std::int64_t rows = fold.samples * fold.images;
  const bool shared = shape.batch != rows;
  const Tensor mean = Tensor::empty(output_shape(shape, x.shape().rank()), x.dtype(), x.device());
  const Tensor variance = Tensor::empty_like(mean);
  const Tensor y = shared ? Tensor::empty(mean.shape().with(0, rows), x.dtype(), x.device()) : mean;
  visit_kernels(y, [&](const auto& kernels) {
    kernels.moments_forward(shape, x.value(), weight_mean.value(), weight_variance.value(),
                            IfDefined(bias.value()), mean, variance);
    for (std::int64_t sample = 0; sample < fold.samples; ++sample) {
      const std::int64_t first = sample * fold.images;
      const auto of_sample = [&](const Tensor& t) { return t.slice(first, first + fold.images); };
      const RandomStream noise =
          stream_of_rows({stream.key, stream.draw + static_cast<std::uint64_t>(sample)},
                         y.shape().with(0, fold.images));
      kernels.draw_normal(output_noise(noise, activation), y.numel() / fold.samples,
                          shared ? mean : of_sample(mean), shared ? variance : of_sample(variance),
                          of_sample(y));
    }
  });
  return Variable(y);
}

}  // namespace

Variable random_convolution(const char* op, const ConvolutionShape& shape, const Variable& x,
                            const Variable& weight_mean, const Variable& weight_variance,
                            const Variable& bias, const RandomStream& stream,
                            const std::optional<Activation>& activation) {
  check_moments(op, shape, x, weight_mean, weight_variance, bias);
  return activated(activation, [&](const std::optional<pointwise::Function>& fused) {
    return fused_draw(shape, x, weight_mean, weight_variance, bias, stream, Fused(fused));
  });
}

Variable folded_random_convolution(const char* op, const ConvolutionShape& shape, const Variable& x,
                                   const Variable& weight_mean, const Variable& weight_variance,
                                   const Variable& bias, const RandomStream& stream,
                                   const Fold& fold, const std::optional<Activation>& activation) {
  check_moments(op, shape, x, weight_mean, weight_variance, bias);
  const std::int64_t rows = fold.samples * fold.images;
  if (shape.batch != fold.images && shape.batch != rows) {
    throw ShapeError(std::string("[") + op + "] a batch with " + std::to_string(fold.samples) +
                     " samples of " + std::to_string(fold.images) + " images has " +
                     std::to_string(fold.images) + " or " + std::to_string(rows) +
                     " rows, not those of " + x.shape().to_string());
  }
  return activated(activation, [&](const std::optional<pointwise::Function>& fused) {
    return fused_folded_draw(shape, x, weight_mean, weight_variance, bias, stream, fold,
                             Fused(fused));
  });
}

}  // namespace credence
