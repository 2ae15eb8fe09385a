// The Bayesian layers. With sampling they draw their output by local reparametrisation (Kingma et
// al. 2015, arXiv 1506.02557): y = m + √(v + ε) · noise with m = conv(x, μ) + b and v = conv(x²,
// σ²), where weights are N(μ, σ²); see framework/ops/random_convolution.hpp. In mean mode they are
// the frequentist layers with the weight μ.
#include "bayes/layers.hpp"

#include "framework/kernels/shapes.hpp"

#include <utility>

namespace credence::bayes {
namespace {

// The samples of a folded batch have consecutive draw numbers. A second call of the layer in the
// same pass must not use numbers of samples that are folded later.
constexpr std::uint64_t kDrawsPerFoldedCall = std::uint64_t{1} << 32;

Variable make_bias(bool wanted, std::int64_t count, const nn::Initializer& initializer,
                   std::int64_t fan_in, const Generator& generator) {
  if (!wanted) return {};
  return nn::make_parameter({count}, initializer, fan_in, generator, "bias");
}

Variable make_conv_weight(int dimensions, std::int64_t in_channels, std::int64_t out_channels,
                          const nn::ConvOptions& options, const Generator& generator) {
  const Shape shape = nn::conv_weight_shape(dimensions, in_channels, out_channels, options);
  return nn::make_parameter(shape, options.weight_init, nn::init::fan_in(shape), generator,
                            "weight");
}

}  // namespace

BayesianLayer::BayesianLayer(const Posterior& posterior, Variable weight, Variable bias,
                             const Generator& generator)
    : weight_(posterior, std::move(weight)),
      bias_(std::move(bias)),
      noise_(generator.split("noise")) {}

void BayesianLayer::visit(nn::Visitor& visitor) {
  weight_.visit(visitor);
  if (bias_.defined()) visitor.parameter("bias", bias_, nn::Role::bias);
  visitor.generator("noise", noise_);
}

std::int64_t BayesianLayer::multiply_adds(const Shape&, const Shape& output) const {
  const std::int64_t products = sampling_ == Sampling::mean ? 1 : 2;
  return products * nn::product_multiply_adds(weight_.mean().shape(), output);
}

Variable BayesianLayer::draw(const char* op, const ConvolutionShape& shape, const Variable& x,
                             const std::optional<nn::Activation>& activation) {
  const RandomStream stream = noise_.next();
  if (!fold_) {
    return random_convolution(op, shape, x, weight_.mean(), weight_.variance(), bias_, stream,
                              activation);
  }
  noise_.seek(stream.draw + kDrawsPerFoldedCall);
  return folded_random_convolution(op, shape, x, weight_.mean(), weight_.variance(), bias_, stream,
                                   *fold_, activation);
}

BayesianLinear::BayesianLinear(std::int64_t in_features, std::int64_t out_features,
                               const nn::LinearOptions& options, const Posterior& posterior,
                               const Generator& generator)
    : BayesianLayer(
          posterior,
          nn::make_parameter(nn::linear_weight_shape(in_features, out_features),
                             options.weight_init, in_features, generator, "weight"),
          make_bias(options.bias, out_features, options.bias_init, in_features, generator),
          generator) {}

Variable BayesianLinear::output(const Variable& x,
                                const std::optional<nn::Activation>& activation) {
  if (sampling() == Sampling::mean) return linear(x, weight_.mean(), bias_, activation);
  constexpr const char* kName = "BayesianLinear";
  return draw(kName, linear_shape(kName, x.shape(), weight_.mean().shape()), x, activation);
}

template <int Dimensions>
BayesianConv<Dimensions>::BayesianConv(std::int64_t in_channels, std::int64_t out_channels,
                                       const nn::ConvOptions& options, const Posterior& posterior,
                                       const Generator& generator)
    : BayesianLayer(posterior,
                    make_conv_weight(Dimensions, in_channels, out_channels, options, generator),
                    make_bias(options.bias, out_channels, options.bias_init,
                              nn::init::fan_in(nn::conv_weight_shape(Dimensions, in_channels,
                                                                     out_channels, options)),
                              generator),
                    generator),
      options_(options.convolution()) {}

template <int Dimensions>
Variable BayesianConv<Dimensions>::output(const Variable& x,
                                          const std::optional<nn::Activation>& activation) {
  if (sampling() == Sampling::mean) {
    return convolution(x, weight_.mean(), bias_, options_, activation);
  }
  constexpr const char* kName = "BayesianConv";
  return draw(kName, convolution_shape(kName, x.shape(), weight_.mean().shape(), options_), x,
              activation);
}

template <int Dimensions>
std::string BayesianConv<Dimensions>::type_name() const {
  return "BayesianConv" + std::to_string(Dimensions) + "d";
}

template class BayesianConv<1>;
template class BayesianConv<2>;
template class BayesianConv<3>;

}  // namespace credence::bayes
