// The Bayesian transposed convolutions: their product is the op in
// framework/ops/transposed_convolution.cpp.
#include "bayes/layers/transposed_convolution.hpp"

#include "framework/nn/layers.hpp"

namespace credence::bayes {
namespace {

Shape weight_shape(int dimensions, std::int64_t in_channels, std::int64_t out_channels,
                   const nn::ConvTransposeOptions& options) {
  return nn::conv_transpose_weight_shape(dimensions, in_channels, out_channels, options);
}

}  // namespace

template <int Dimensions>
BayesianConvTranspose<Dimensions>::BayesianConvTranspose(std::int64_t in_channels,
                                                         std::int64_t out_channels,
                                                         const nn::ConvTransposeOptions& options,
                                                         const Variational& variational,
                                                         const Generator& generator)
    : WeightLayer(
          variational,
          make_weight(weight_shape(Dimensions, in_channels, out_channels, options),
                      options.weight_init, generator),
          make_bias(options.bias, out_channels, options.bias_init,
                    weight_shape(Dimensions, in_channels, out_channels, options), generator),
          generator),
      options_(options.convolution()) {}

template <int Dimensions>
Variable BayesianConvTranspose<Dimensions>::apply(
    const Variable& x, const Variable& weight, const Variable& bias,
    const std::optional<nn::Activation>& activation) const {
  return transposed_convolution(x, weight, bias, options_, activation);
}

template <int Dimensions>
std::string BayesianConvTranspose<Dimensions>::type_name() const {
  return "BayesianConvTranspose" + std::to_string(Dimensions) + "d";
}

template <int Dimensions>
std::int64_t BayesianConvTranspose<Dimensions>::product_multiply_adds(const Shape& input,
                                                                      const Shape&) const {
  return input.numel() * weight().mean().shape().numel_from(1);
}

template class BayesianConvTranspose<1>;
template class BayesianConvTranspose<2>;
template class BayesianConvTranspose<3>;

}  // namespace credence::bayes
