// y = W ⋆ᵀ x + b and its gradients. With y and x in the places of a convolution's input and output,
//   y = W ⋆ᵀ x is the convolution's gradient of its input,
//   ∂x = W ⋆ ∂y is the convolution itself,
//   ∂W[c, o] = Σ_n x[n, c] ⋆ ∂y[n, o] is its gradient of the weight, with x as the output's
//   gradient,
// so that the kernels are those of convolutions. ∂b[o] = Σ ∂y[·, o].
#include "framework/ops/transposed_convolution.hpp"

#include "framework/base/error.hpp"
#include "framework/dispatch/kernels.hpp"
#include "framework/formulas/arithmetic.hpp"
#include "framework/formulas/fused_activation.hpp"
#include "framework/ops/convolution.hpp"
#include "framework/ops/op_attributes.hpp"
#include "framework/ops/pointwise.hpp"
#include "framework/ops/shape_ops.hpp"

#include <string>

namespace credence {
namespace {

constexpr const char* kName = "transposed_convolution";

void check_channels(const Shape& x, const Shape& weight, std::int64_t groups) {
  const std::string prefix = std::string("[") + kName + "] ";
  const std::string shapes = "input " + x.to_string() + ", weight " + weight.to_string();
  if (x.rank() < 3 || x.rank() > 5 || weight.rank() != x.rank()) {
    throw ShapeError(prefix + "input and weight must have the same 3 to 5 dimensions: " + shapes);
  }
  if (groups < 1 || x[1] % groups != 0) {
    throw ValueError(prefix + "groups must divide the input channels, " + std::to_string(groups) +
                     " does not: " + shapes);
  }
  if (weight[0] != x[1]) {
    throw ShapeError(prefix + "the weight [in, out / groups, …] must have " + std::to_string(x[1]) +
                     " input channels: " + shapes);
  }
}

// The convolution of which this is the gradient.
struct Plan {
  ConvolutionShape shape;  ///< its input is y, its output x with `appended` zeros
  /// Rows of zeros to append to x, so that x has as many rows as the convolution counts windows in
  /// y, which is what kernels and cuDNN expect. None where the output padding is below the stride.
  Extents3 appended{};
};

Plan make_plan(const Shape& x, const Shape& weight, const TransposedConvolutionOptions& options) {
  check_channels(x, weight, options.groups);
  const int dimensions = x.rank() - 2;
  const auto expand = [&](const Spatial& values, const char* what, std::int64_t absent) {
    return values.expand(kName, what, dimensions, absent, absent);
  };
  const Extents3 output_padding = expand(options.output_padding, "output_padding", 0);
  Plan plan;
  ConvolutionShape& shape = plan.shape;
  shape.batch = x[0];
  shape.groups = options.groups;
  shape.in_channels = weight[1] * options.groups;
  shape.out_channels = x[1];
  shape.kernel = spatial_extents(weight);
  shape.stride = expand(options.stride, "stride", 1);
  shape.padding = expand(options.padding, "padding", 0);
  shape.dilation = expand(options.dilation, "dilation", 1);
  shape.output = spatial_extents(x);
  shape.input = transposed_extents(kName, shape.output, shape.kernel, shape.stride, shape.padding,
                                   output_padding, shape.dilation);
  for (std::size_t i = 0; i < 3; ++i) {
    plan.appended[i] = output_padding[i] / shape.stride[i];
    shape.output[i] += plan.appended[i];
  }
  return plan;
}

Variable append_zeros(Variable x, const Extents3& counts) {
  const int rank = x.shape().rank();
  for (int dimension = 2; dimension < rank; ++dimension) {
    const std::int64_t count = counts[static_cast<std::size_t>(3 - rank + dimension)];
    if (count == 0) continue;
    const Shape zeros = x.shape().with(dimension, count);
    x = concat({x, Variable(Tensor::zeros(zeros, x.dtype(), x.device()))}, dimension);
  }
  return x;
}

// y = activation(y + bias) in place; bias and activation may be absent.
void finish(const ConvolutionShape& shape, const Tensor& bias,
            const std::optional<pointwise::Function>& activation, const Tensor& y) {
  visit_kernels(y, [&](const auto& kernels) {
    if (bias.defined()) {
      const BroadcastLoop loop =
          broadcast_loop({shape.batch, shape.in_channels, ConvolutionShape::volume(shape.input)},
                         {shape.in_channels, 1}, kName);
      kernels.arithmetic_forward[arithmetic::Catalogue::index_of<arithmetic::Add>()](loop, y, bias,
                                                                                     y);
    }
    if (activation) {
      kernels.pointwise_forward[activation->entry.index](activation->parameters, y.numel(), y, y);
    }
  });
}

// What the kernel for a bias's gradient reads: y in the place of an output.
ConvolutionShape bias_shape(const ConvolutionShape& shape) {
  ConvolutionShape of_bias;
  of_bias.batch = shape.batch;
  of_bias.out_channels = shape.in_channels;
  of_bias.output = shape.input;
  return of_bias;
}

// The output padding is what the output has beyond the last window of x.
OpCall transposed_call(const ConvolutionShape& shape, const Variable& x, const Variable& weight,
                       const Variable& bias) {
  const int dimensions = x.shape().rank() - 2;
  Extents3 output_padding{};
  for (std::size_t i = 0; i < 3; ++i) {
    output_padding[i] =
        shape.input[i] - ((shape.output[i] - 1) * shape.stride[i] - 2 * shape.padding[i] +
                          shape.dilation[i] * (shape.kernel[i] - 1) + 1);
  }
  OpCall call{kName, {x, weight, bias}, convolution_attributes(shape, dimensions)};
  call.attributes.push_back({"output_padding", list_of(output_padding, dimensions)});
  return call;
}

Variable apply(const ConvolutionShape& shape, const Variable& x, const Variable& weight,
               const Variable& bias, const std::optional<pointwise::Function>& activation) {
  const Tensor y =
      Tensor::empty(image_shape(shape.batch, shape.in_channels, shape.input, x.shape().rank() - 2),
                    x.dtype(), x.device());
  const Tensor x_value = x.value();
  const Tensor weight_value = weight.value();
  visit_kernels(y, [&](const auto& kernels) {
    kernels.convolution_backward_data(shape, x_value, weight_value, y);
  });
  finish(shape, bias.value(), activation, y);
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
            kernels.convolution_forward(shape, grad, weight_value, {}, gradients[0]);
          }
          if (want_weight) {
            gradients[1] = Tensor::empty_like(weight_value);
            kernels.convolution_backward_weight(shape, grad, x_value, gradients[1]);
          }
          if (want_bias) {
            gradients[2] = Tensor::empty_like(bias_value);
            kernels.convolution_backward_bias(bias_shape(shape), grad, gradients[2]);
          }
        });
        return gradients;
      });
  return described(result, [&] { return transposed_call(shape, x, weight, bias); });
}

}  // namespace

Variable transposed_convolution(const Variable& x, const Variable& weight, const Variable& bias,
                                const TransposedConvolutionOptions& options,
                                const std::optional<Activation>& activation) {
  if (x.shape().rank() + 1 == weight.shape().rank()) {
    return as_batch_of_one(x, [&](const Variable& batch) {
      return transposed_convolution(batch, weight, bias, options, activation);
    });
  }
  const Plan plan = make_plan(x.shape(), weight.shape(), options);
  check_operands(kName, x, weight, bias, plan.shape.in_channels);
  const Variable enlarged = append_zeros(x, plan.appended);
  return activated(activation, [&](const std::optional<pointwise::Function>& fused) {
    return apply(plan.shape, enlarged, weight, bias, fused);
  });
}

}  // namespace credence
