// The fully connected layer y = x Wᵀ + b and the convolution y[n, o] = b[o] + Σ_c W[o, c] ⋆ x[n,
// c], as torch.nn.Linear and torch.nn.Conv1d to Conv3d: checks, parameters and calls of the ops in
// framework/ops/convolution.cpp.
#include "framework/nn/layers.hpp"

#include "framework/base/error.hpp"
#include "framework/kernels/shapes.hpp"

#include <string>

namespace credence::nn {

void check_channels(const std::string& layer, std::int64_t in_channels, std::int64_t out_channels,
                    std::int64_t groups) {
  if (in_channels >= 1 && out_channels >= 1 && groups >= 1 && in_channels % groups == 0 &&
      out_channels % groups == 0) {
    return;
  }
  throw ValueError("[" + layer + "] channels must be positive and divisible by the groups: " +
                   std::to_string(in_channels) + " in, " + std::to_string(out_channels) + " out, " +
                   std::to_string(groups) + " groups");
}

Shape conv_weight_shape(int dimensions, std::int64_t in_channels, std::int64_t out_channels,
                        const ConvOptions& options) {
  const std::int64_t groups = options.groups;
  check_channels("Conv" + std::to_string(dimensions) + "d", in_channels, out_channels, groups);
  const Extents3 kernel = options.kernel.expand("Conv", "kernel", dimensions, 1, 1);
  return image_shape(out_channels, in_channels / groups, kernel, dimensions);
}

Shape linear_weight_shape(std::int64_t in_features, std::int64_t out_features) {
  if (in_features < 1 || out_features < 1) {
    throw ValueError("[Linear] features must be positive: " + std::to_string(in_features) +
                     " in, " + std::to_string(out_features) + " out");
  }
  return {out_features, in_features};
}

Variable make_parameter(const Shape& shape, const Initializer& initializer, std::int64_t fan_in,
                        const Generator& generator, std::string_view name) {
  const Tensor value = Tensor::empty(shape);
  initializer(value, fan_in, generator.split(name).next());
  return Variable(value, true);
}

std::int64_t product_multiply_adds(const Shape& weight, const Shape& output) {
  return output.numel() * weight.numel_from(1);
}

Linear::Linear(std::int64_t in_features, std::int64_t out_features, const LinearOptions& options,
               const Generator& generator)
    : weight_(make_parameter(linear_weight_shape(in_features, out_features), options.weight_init,
                             in_features, generator, "weight")) {
  if (options.bias) {
    bias_ = make_parameter({out_features}, options.bias_init, in_features, generator, "bias");
  }
}

Variable Linear::forward(const Variable& x) { return linear(x, weight_, bias_); }

Variable Linear::forward_activated(const Variable& x, const Activation& activation) {
  return linear(x, weight_, bias_, activation);
}

void Linear::visit(Visitor& visitor) {
  visitor.parameter("weight", weight_);
  if (bias_.defined()) visitor.parameter("bias", bias_, Role::bias);
}

std::int64_t Linear::multiply_adds(const Shape&, const Shape& output) const {
  return product_multiply_adds(weight_.shape(), output);
}

template <int Dimensions>
Conv<Dimensions>::Conv(std::int64_t in_channels, std::int64_t out_channels,
                       const ConvOptions& options, const Generator& generator)
    : options_(options.convolution()) {
  const Shape shape = conv_weight_shape(Dimensions, in_channels, out_channels, options);
  const std::int64_t fan_in = init::fan_in(shape);
  weight_ = make_parameter(shape, options.weight_init, fan_in, generator, "weight");
  if (options.bias) {
    bias_ = make_parameter({out_channels}, options.bias_init, fan_in, generator, "bias");
  }
}

template <int Dimensions>
Variable Conv<Dimensions>::forward(const Variable& x) {
  return convolution(x, weight_, bias_, options_);
}

template <int Dimensions>
Variable Conv<Dimensions>::forward_activated(const Variable& x, const Activation& activation) {
  return convolution(x, weight_, bias_, options_, activation);
}

template <int Dimensions>
void Conv<Dimensions>::visit(Visitor& visitor) {
  visitor.parameter("weight", weight_);
  if (bias_.defined()) visitor.parameter("bias", bias_, Role::bias);
}

template <int Dimensions>
std::string Conv<Dimensions>::type_name() const {
  return "Conv" + std::to_string(Dimensions) + "d";
}

template <int Dimensions>
std::int64_t Conv<Dimensions>::multiply_adds(const Shape&, const Shape& output) const {
  return product_multiply_adds(weight_.shape(), output);
}

template class Conv<1>;
template class Conv<2>;
template class Conv<3>;

}  // namespace credence::nn
