// The radial posterior.
#pragma once

#include "bayes/posterior/spread.hpp"
#include "bayes/posterior/weight_posterior.hpp"

namespace credence::bayes {

/// w = weight + σ · (ε / ‖ε‖) · r with σ² = exp(log_variance), ε ~ N(0, 1) for each weight, and one
/// r ~ N(0, 1) for the whole tensor (Farquhar et al. 2020, Radial Bayesian neural networks, arXiv
/// 1907.00865, section 4). The distance of a draw from the mean, measured in σ, is |r| for any
/// number of weights D. A Gaussian posterior's is about √D, so that its draws are far from the
/// mean. The variance of a weight is σ² / D. Entropy, and the Kullback-Leibler divergence from a
/// normal prior, are closed forms. Outputs are drawn with weight reparametrisation or Flipout. Its
/// prior is Normal by default.
struct Radial {
  double log_variance = -10;              ///< initial value of log σ²
  double largest_deviation = kUnbounded;  ///< the cap of σ, as Gaussian's

  /// Throws as Gaussian does.
  std::unique_ptr<WeightPosterior> operator()(const Variable& mean) const;
};

}  // namespace credence::bayes
