// The scale mixture prior.
#pragma once

#include "bayes/prior/weight_prior.hpp"

namespace credence::bayes {

/// p(w) = π N(0, s₁²) + (1 − π) N(0, s₂²) for each weight (Blundell et al. 2015, arXiv 1505.05424,
/// equation 7): a wide and a narrow normal distribution. KL has no closed form. It is estimated
/// without bias from the layer's own draw: E[log q] − log p(w). The logarithm is computed as a
/// log-sum-exp, so that it is finite far outside both distributions.
struct ScaleMixture {
  double weight = 0.5;               ///< π, the share of the first distribution
  double first_deviation = 1;        ///< s₁
  double second_deviation = 0.0025;  ///< s₂, e^−6 in the paper's grid

  /// Throws ValueError unless 0 < π < 1 and both deviations are positive and finite.
  std::unique_ptr<WeightPrior> operator()(const WeightPosterior& posterior) const;
};

}  // namespace credence::bayes
