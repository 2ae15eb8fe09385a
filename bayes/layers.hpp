// The Bayesian twins of framework/nn/layers.hpp: same shapes, same parameter names, and beside each
// weight the parameter of its variance. Biases are deterministic.
#pragma once

#include "bayes/posterior.hpp"
#include "framework/nn/layers.hpp"
#include "framework/ops/random_convolution.hpp"

#include <optional>

namespace credence::bayes {

/// Whether a forward pass draws from the posterior or uses its mean.
enum class Sampling : std::uint8_t { sample, mean };

/// What the Bayesian layers share.
class BayesianLayer : public nn::Module {
 public:
  /// The divergence of the layer's weights from their prior, in nats.
  Variable kl_divergence() const { return weight_.kl_divergence(); }
  const WeightDistribution& weight() const { return weight_; }
  Sampling sampling() const { return sampling_; }
  void set_sampling(Sampling sampling) { sampling_ = sampling; }
  /// Whether batches carry several samples (see FoldedSamples).
  void set_fold(const std::optional<Fold>& fold) { fold_ = fold; }
  Variable forward(const Variable& x) override { return output(x, {}); }
  void visit(nn::Visitor& visitor) override;
  /// Two products, of the mean and of the variance; one where the mean alone is used.
  std::int64_t multiply_adds(const Shape& input, const Shape& output) const override;

 protected:
  BayesianLayer(const Posterior& posterior, Variable weight, Variable bias,
                const Generator& generator);
  /// The layer's output, or `activation` of it.
  virtual Variable output(const Variable& x,
                          const std::optional<pointwise::Function>& activation) = 0;
  Variable forward_activated(const Variable& x, const nn::Activation& activation) override {
    return output(x, activation.function());
  }
  /// A draw of the layer's output, or `activation` of it.
  Variable draw(const char* op, const ConvolutionShape& shape, const Variable& x,
                const std::optional<pointwise::Function>& activation);

  WeightDistribution weight_;
  Variable bias_;

 private:
  Generator noise_;
  Sampling sampling_ = Sampling::sample;
  std::optional<Fold> fold_;
};

/// y ~ the distribution of x Wᵀ + b: x [N, in], weight [out, in].
class BayesianLinear : public BayesianLayer {
 public:
  BayesianLinear(std::int64_t in_features, std::int64_t out_features,
                 const nn::LinearOptions& options, const Posterior& posterior,
                 const Generator& generator);
  std::string type_name() const override { return "BayesianLinear"; }

 protected:
  Variable output(const Variable& x, const std::optional<pointwise::Function>& activation) override;
};

/// The same for a convolution over 1, 2 or 3 spatial dimensions.
template <int Dimensions>
class BayesianConv : public BayesianLayer {
 public:
  BayesianConv(std::int64_t in_channels, std::int64_t out_channels, const nn::ConvOptions& options,
               const Posterior& posterior, const Generator& generator);
  std::string type_name() const override;

 protected:
  Variable output(const Variable& x, const std::optional<pointwise::Function>& activation) override;

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
