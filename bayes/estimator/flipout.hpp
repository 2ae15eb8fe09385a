// Flipout: one draw of the weights, with random signs for each example.
#pragma once

#include "bayes/estimator/weight_estimator.hpp"

namespace credence::bayes {

/// y = product(x, μ) + b + product(x ∘ s, w − μ) ∘ r, where w is one draw of the posterior, and s
/// and r are random signs for each example and each channel of x and of y (Wen et al. 2018, arXiv
/// 1803.04386, equation 4). Each example sees w − μ with signs of its own, which decorrelates the
/// gradients of a batch. The marginal distribution of an example's outputs is that of weight
/// reparametrisation where the distribution of w − μ does not change with the signs of single
/// weights, as for all posteriors of this library.
class Flipout : public WeightEstimator {
 public:
  LayerOutput draw(const LayerDraw& call) const override;
  int products() const override { return 2; }
};

}  // namespace credence::bayes
