// y = W ⋆ x + b and its gradients, for convolutions and fully connected layers.
//   ∂x = W ⋆ᵀ ∂y (the transposed convolution), ∂W[o, c] = Σ_n ∂y[n, o] ⋆ x[n, c], ∂b[o] = Σ ∂y[·,
//   o]
// With an activation f the op gives f(y), and ∂y is f'(y) times the gradient that arrives.
#include "framework/ops/convolution.hpp"

#include "framework/base/error.hpp"
#include "framework/dispatch/kernels.hpp"
#include "framework/formulas/fused_activation.hpp"
#include "framework/ops/checks.hpp"
#include "framework/ops/op_attributes.hpp"
#include "framework/ops/pointwise.hpp"
#include "framework/ops/shape_ops.hpp"

#include <string>
#include <vector>

namespace credence {
namespace {

OpCall convolution_call(const ConvolutionShape& shape, const Variable& x, const Variable& weight,
                        const Variable& bias) {
  const int dimensions = x.shape().rank() - 2;
  if (dimensions == 0) return {"linear", {x, weight, bias}};
  return {"convolution", {x, weight, bias}, convolution_attributes(shape, dimensions)};
}

// The convolution, followed by a function that its kernel applies.
Variable fused_convolution(const ConvolutionShape& shape, const Variable& x, const Variable& weight,
                           const Variable& bias,
                           const std::optional<pointwise::Function>& activation) {
  const std::optional<pointwise::FusedActivation> fused(activation);
  const Tensor y = Tensor::empty(output_shape(shape, x.shape().rank()), x.dtype(), x.device());
  const Tensor x_value = x.value();
  const Tensor weight_value = weight.value();
  visit_kernels(y, [&](const auto& kernels) {
    kernels.convolution_forward(shape, x_value, weight_value,
                                {IfDefined(bias.value()), fused ? &*fused : nullptr}, y);
  });
  const bool want_x = x.requires_grad();
  const bool want_weight = weight.requires_grad();
  const bool want_bias = bias.requires_grad();
  const Tensor bias_value = want_bias ? bias.value() : Tensor();
  const Variable result = make_result(
      y, {x, weight, bias}, [=, saved = activation ? y : Tensor()](Tensor grad) mutable {
        if (activation) {
          grad = pointwise::backward(*activation, saved, grad);
          saved = Tensor();
        }
        Gradients gradients(3);
        visit_kernels(grad, [&](const auto& kernels) {
          if (want_x) {
            gradients[0] = Tensor::empty_like(x_value);
            kernels.convolution_backward_data(shape, grad, weight_value, gradients[0]);
          }
          if (want_weight) {
            gradients[1] = Tensor::empty_like(weight_value);
            kernels.convolution_backward_weight(shape, x_value, grad, gradients[1]);
          }
          if (want_bias) {
            gradients[2] = Tensor::empty_like(bias_value);
            kernels.convolution_backward_bias(shape, grad, gradients[2]);
          }
        });
        return gradients;
      });
  return described(result, [&] { return convolution_call(shape, x, weight, bias); });
}

Variable apply(const char* op, const ConvolutionShape& shape, const Variable& x,
               const Variable& weight, const Variable& bias,
               const std::optional<Activation>& activation) {
  check_operands(op, x, weight, bias);
  return activated(activation, [&](const std::optional<pointwise::Function>& fused) {
    return fused_convolution(shape, x, weight, bias, fused);
  });
}

std::string shapes(const Shape& x, const Shape& weight) {
  return "input " + x.to_string() + ", weight " + weight.to_string();
}

}  // namespace

ConvolutionShape convolution_shape(const char* op, const Shape& x, const Shape& weight,
                                   const ConvolutionOptions& options) {
  const std::string prefix = std::string("[") + op + "] ";
  if (x.rank() < 3 || x.rank() > 5 || weight.rank() != x.rank()) {
    throw ShapeError(prefix +
                     "input and weight must have the same 3 to 5 dimensions: " + shapes(x, weight));
  }
  if (options.groups < 1 || x[1] % options.groups != 0 || weight[0] % options.groups != 0) {
    throw ValueError(prefix + "groups must divide the input and the output channels, " +
                     std::to_string(options.groups) + " does not: " + shapes(x, weight));
  }
  if (weight[1] != x[1] / options.groups) {
    throw ShapeError(prefix + "the weight must have " + std::to_string(x[1] / options.groups) +
                     " input channels (input channels / groups): " + shapes(x, weight));
  }
  if (options.pads_input()) {
    throw ValueError(prefix + "padding that is circular or differs before and behind has to be " +
                     "added to the input first (pad)");
  }
  const int dimensions = x.rank() - 2;
  ConvolutionShape shape;
  shape.batch = x[0];
  shape.groups = options.groups;
  shape.in_channels = x[1];
  shape.out_channels = weight[0];
  shape.input = spatial_extents(x);
  shape.kernel = spatial_extents(weight);
  shape.stride = options.stride.expand(op, "stride", dimensions, 1, 1);
  shape.padding = options.padding.expand(op, "padding", dimensions, 0, 0);
  shape.dilation = options.dilation.expand(op, "dilation", dimensions, 1, 1);
  shape.output =
      window_counts(op, shape.input, shape.kernel, shape.stride, shape.padding, shape.dilation);
  return shape;
}

ConvolutionShape linear_shape(const char* op, const Shape& x, const Shape& weight) {
  if (x.rank() != 2 || weight.rank() != 2 || x[1] != weight[1]) {
    throw ShapeError(std::string("[") + op +
                     "] input [N, in] and weight [out, in] do not fit: " + shapes(x, weight));
  }
  ConvolutionShape shape;
  shape.batch = x[0];
  shape.in_channels = x[1];
  shape.out_channels = weight[0];
  return shape;
}

Shape output_shape(const ConvolutionShape& shape, int rank) {
  return image_shape(shape.batch, shape.out_channels, shape.output, rank - 2);
}

void check_operands(const char* op, const Variable& x, const Variable& weight, const Variable& bias,
                    std::int64_t outputs) {
  check_same_type(op, x, weight);
  if (!bias.defined()) return;
  check_same_type(op, x, bias);
  if (bias.shape() != Shape{outputs}) {
    throw ShapeError(std::string("[") + op + "] the bias must have one element per output: bias " +
                     bias.shape().to_string() + ", weight " + weight.shape().to_string());
  }
}

void check_operands(const char* op, const Variable& x, const Variable& weight,
                    const Variable& bias) {
  check_operands(op, x, weight, bias, weight.shape()[0]);
}

PaddedInput padded_input(const char* op, const Variable& x, const ConvolutionOptions& options) {
  PaddedInput padded{x, options};
  if (!options.pads_input()) return padded;
  const int rank = x.shape().rank();
  if (rank < 3 || rank > 5) {
    throw ShapeError(std::string("[") + op +
                     "] the input must be [N, C, spatial…], not the shape " +
                     x.shape().to_string());
  }
  const Extents3 before = options.padding.expand(op, "padding", rank - 2, 0, 0);
  const Extents3 behind =
      options.padding_behind.value_or(options.padding).expand(op, "padding_behind", rank - 2, 0, 0);
  for (int dimension = 2; dimension < rank; ++dimension) {
    const auto i = static_cast<std::size_t>(3 - rank + dimension);
    padded.x = pad(padded.x, dimension, before[i], behind[i], 0, options.padding_mode);
  }
  padded.options.padding = 0;
  padded.options.padding_behind.reset();
  padded.options.padding_mode = PaddingMode::constant;
  return padded;
}

Variable convolution(const Variable& x, const Variable& weight, const Variable& bias,
                     const ConvolutionOptions& options,
                     const std::optional<Activation>& activation) {
  constexpr const char* kName = "convolution";
  if (x.shape().rank() + 1 == weight.shape().rank()) {
    return as_batch_of_one(x, [&](const Variable& batch) {
      return convolution(batch, weight, bias, options, activation);
    });
  }
  if (options.pads_input()) {
    const PaddedInput padded = padded_input(kName, x, options);
    return convolution(padded.x, weight, bias, padded.options, activation);
  }
  return apply(kName, convolution_shape(kName, x.shape(), weight.shape(), options), x, weight, bias,
               activation);
}

Variable linear(const Variable& x, const Variable& weight, const Variable& bias,
                const std::optional<Activation>& activation) {
  constexpr const char* kName = "linear";
  const int rank = x.shape().rank();
  if (rank == 1 || rank > 2) {
    const std::int64_t rows = x.shape().with(-1, 1).numel();
    const Variable y = linear(reshape(x, Shape{rows, x.shape()[-1]}), weight, bias, activation);
    return reshape(y, x.shape().with(-1, y.shape()[1]));
  }
  return apply(kName, linear_shape(kName, x.shape(), weight.shape()), x, weight, bias, activation);
}

}  // namespace credence
