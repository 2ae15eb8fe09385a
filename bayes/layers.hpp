// The Bayesian counterparts of framework/nn/layers.hpp: same shapes and parameter names, and for
// each weight a further parameter for its variance. Biases are deterministic.
#pragma once

#include "bayes/posterior.hpp"
#include "framework/nn/layers.hpp"
#include "framework/ops/random_convolution.hpp"

#include <optional>

namespace credence::bayes {

/// Whether a forward pass draws from the posterior or uses its mean.
enum class Sampling : std::uint8_t { sample, mean };

/// The base of the Bayesian layers: a distribution of weights, a bias, and a generator of noise.
class BayesianLayer : public nn::Module {
 public:
  /// The Kullback-Leibler divergence of the layer's weights from their prior, in nats.
  Variable kl_divergence() const { return weight_.kl_divergence(); }
  const WeightDistribution& weight() const { return weight_; }
  Sampling sampling() const { return sampling_; }
  void set_sampling(Sampling sampling) { sampling_ = sampling; }
  /// Sets whether batches contain several samples of the posterior (see FoldedSamples).
  void set_fold(const std::optional<Fold>& fold) { fold_ = fold; }
  Variable forward(const Variable& x) override { return output(x, {}); }
  void visit(nn::Visitor& visitor) override;
  /// Those of two products, for mean and variance; of one in mean mode.
  std::int64_t multiply_adds(const Shape& input, const Shape& output) const override;

 protected:
  BayesianLayer(const Posterior& posterior, Variable weight, Variable bias,
                const Generator& generator);
  /// The layer's output in the current sampling mode, followed by `activation` if there is one.
  virtual Variable output(const Variable& x, const std::optional<nn::Activation>& activation) = 0;
  Variable forward_activated(const Variable& x, const nn::Activation& activation) override {
    return output(x, activation);
  }
  /// A draw of the layer's output, followed by `activation` if there is one. `shape` describes x
  /// and the weight; errors name `op`.
  Variable draw(const char* op, const ConvolutionShape& shape, const Variable& x,
                const std::optional<nn::Activation>& activation);

  WeightDistribution weight_;
  Variable bias_;

 private:
  Generator noise_;
  Sampling sampling_ = Sampling::sample;
  std::optional<Fold> fold_;
};

/// y = x Wᵀ + b with random weights: x [N, in], y [N, out], parameters weight [out, in] (the mean
/// of W), log_alpha or log_variance [out, in], and bias [out]. y is drawn from its distribution
/// given x, which is normal, with independent elements. Throws as nn::Linear and WeightDistribution
/// do.
class BayesianLinear : public BayesianLayer {
 public:
  BayesianLinear(std::int64_t in_features, std::int64_t out_features,
                 const nn::LinearOptions& options, const Posterior& posterior,
                 const Generator& generator);
  std::string type_name() const override { return "BayesianLinear"; }

 protected:
  Variable output(const Variable& x, const std::optional<nn::Activation>& activation) override;
};

/// The same for the convolution of nn::Conv over 1, 2 or 3 spatial dimensions. Noise is independent
/// at each output position: the marginal distributions are those of one draw of the weights, the
/// correlations between positions are not.
template <int Dimensions>
class BayesianConv : public BayesianLayer {
 public:
  BayesianConv(std::int64_t in_channels, std::int64_t out_channels, const nn::ConvOptions& options,
               const Posterior& posterior, const Generator& generator);
  std::string type_name() const override;

 protected:
  Variable output(const Variable& x, const std::optional<nn::Activation>& activation) override;

 private:
  ConvolutionOptions options_;
};

extern template class BayesianConv<1>;
extern template class BayesianConv<2>;
extern template class BayesianConv<3>;
using BayesianConv1d = BayesianConv<1>;
using BayesianConv2d = BayesianConv<2>;
using BayesianConv3d = BayesianConv<3>;

}  // namespace credence::bayes
