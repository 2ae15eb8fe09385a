// The transposed convolution layers: checks, parameters and calls of the op in
// framework/ops/transposed_convolution.cpp.
#include "framework/nn/transposed_convolution.hpp"

#include "framework/nn/layers.hpp"

#include <string>

namespace credence::nn {

Shape conv_transpose_weight_shape(int dimensions, std::int64_t in_channels,
                                  std::int64_t out_channels, const ConvTransposeOptions& options) {
  check_channels("ConvTranspose" + std::to_string(dimensions) + "d", in_channels, out_channels,
                 options.groups);
  const Extents3 kernel = options.kernel.expand("ConvTranspose", "kernel", dimensions, 1, 1);
  return image_shape(in_channels, out_channels / options.groups, kernel, dimensions);
}

template <int Dimensions>
ConvTranspose<Dimensions>::ConvTranspose(std::int64_t in_channels, std::int64_t out_channels,
                                         const ConvTransposeOptions& options,
                                         const Generator& generator)
    : options_(options.convolution()) {
  const Shape shape = conv_transpose_weight_shape(Dimensions, in_channels, out_channels, options);
  const std::int64_t fan_in = init::fan_in(shape);
  weight_ = make_parameter(shape, options.weight_init, fan_in, generator, "weight");
  if (options.bias) {
    bias_ = make_parameter({out_channels}, options.bias_init, fan_in, generator, "bias");
  }
}

template <int Dimensions>
Variable ConvTranspose<Dimensions>::forward(const Variable& x) {
  return transposed_convolution(x, weight_, bias_, options_);
}

template <int Dimensions>
Variable ConvTranspose<Dimensions>::forward_activated(const Variable& x,
                                                      const Activation& activation) {
  return transposed_convolution(x, weight_, bias_, options_, activation);
}

template <int Dimensions>
void ConvTranspose<Dimensions>::visit(Visitor& visitor) {
  visitor.parameter("weight", weight_);
  if (bias_.defined()) visitor.parameter("bias", bias_, Role::bias);
}

template <int Dimensions>
std::string ConvTranspose<Dimensions>::type_name() const {
  return "ConvTranspose" + std::to_string(Dimensions) + "d";
}

template <int Dimensions>
std::int64_t ConvTranspose<Dimensions>::multiply_adds(const Shape& input, const Shape&) const {
  return input.numel() * weight_.shape().numel_from(1);
}

template class ConvTranspose<1>;
template class ConvTranspose<2>;
template class ConvTranspose<3>;

}  // namespace credence::nn
