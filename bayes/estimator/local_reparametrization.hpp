// Local reparametrisation: outputs are drawn instead of weights.
#pragma once

#include "bayes/estimator/weight_estimator.hpp"

namespace credence::bayes {

/// y = m + √(v + ε) · noise with m = product(x, μ) + b, v = product(x², σ²) and independent noise
/// for each output (Kingma et al. 2015, arXiv 1506.02557; for convolutions Shridhar et al. 2019,
/// arXiv 1806.05978). Each example has noise of its own, and the gradient's variance falls with the
/// size of the batch. Of a convolution's outputs the marginal distributions are those of one draw
/// of the weights; the correlations between positions are not. Fully connected layers and
/// convolutions draw in one fused op (framework/ops/random_convolution.hpp). The posterior must
/// have independent normal weights.
class LocalReparametrization : public WeightEstimator {
 public:
  LayerOutput draw(const LayerDraw& call) const override;
  void check(const WeightPosterior& posterior) const override;
  bool folds(const Product& product) const override { return product.is_convolution(); }
  bool needs_variance() const override { return true; }
  int products() const override { return 2; }
};

}  // namespace credence::bayes
