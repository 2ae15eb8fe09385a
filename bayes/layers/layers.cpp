// The Bayesian layers: the products of fully connected layers and convolutions. What their outputs
// are for random weights is in bayes/estimator. In mean mode they are the frequentist layers with
// the weight μ.
#include "bayes/layers/layers.hpp"

#include "framework/kernels/shapes.hpp"

namespace credence::bayes {
BayesianLinear::BayesianLinear(std::int64_t in_features, std::int64_t out_features,
                               const nn::LinearOptions& options, const Variational& variational,
                               const Generator& generator)
    : WeightLayer(variational,
                  make_weight(nn::linear_weight_shape(in_features, out_features),
                              options.weight_init, generator),
                  make_bias(options.bias, out_features, options.bias_init,
                            nn::linear_weight_shape(in_features, out_features), generator),
                  generator) {}

Variable BayesianLinear::apply(const Variable& x, const Variable& weight, const Variable& bias,
                               const std::optional<nn::Activation>& activation) const {
  return linear(x, weight, bias, activation);
}

std::optional<ConvolutionShape> BayesianLinear::convolution_shape(const Shape& x) const {
  return linear_shape("BayesianLinear", x, weight().mean().shape());
}

template <int Dimensions>
BayesianConv<Dimensions>::BayesianConv(std::int64_t in_channels, std::int64_t out_channels,
                                       const nn::ConvOptions& options,
                                       const Variational& variational, const Generator& generator)
    : WeightLayer(variational,
                  make_weight(nn::conv_weight_shape(Dimensions, in_channels, out_channels, options),
                              options.weight_init, generator),
                  make_bias(options.bias, out_channels, options.bias_init,
                            nn::conv_weight_shape(Dimensions, in_channels, out_channels, options),
                            generator),
                  generator),
      options_(options.convolution()) {}

template <int Dimensions>
Variable BayesianConv<Dimensions>::apply(const Variable& x, const Variable& weight,
                                         const Variable& bias,
                                         const std::optional<nn::Activation>& activation) const {
  return convolution(x, weight, bias, options_, activation);
}

template <int Dimensions>
std::optional<ConvolutionShape> BayesianConv<Dimensions>::convolution_shape(const Shape& x) const {
  return credence::convolution_shape("BayesianConv", x, weight().mean().shape(), options_);
}

template <int Dimensions>
std::string BayesianConv<Dimensions>::type_name() const {
  return "BayesianConv" + std::to_string(Dimensions) + "d";
}

template class BayesianConv<1>;
template class BayesianConv<2>;
template class BayesianConv<3>;

}  // namespace credence::bayes
