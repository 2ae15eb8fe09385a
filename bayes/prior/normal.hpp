// Normal priors: around zero, around given weights, around the posterior's own mean.
#pragma once

#include "bayes/prior/weight_prior.hpp"

namespace credence::bayes {

/// Where a normal prior has its mean.
enum class Centre : std::uint8_t {
  zero,
  /// The weights at which the layer started, or those of a trained model that copy_weights() gives,
  /// in the buffer "prior_mean" (Krishnan et al. 2020, arXiv 1906.05323: MOPED).
  weights,
  /// The posterior's own mean, so that the divergence depends on the variance alone, as in
  /// uncertainty-baselines' variational inference. The weights' means have no prior then.
  posterior
};

/// p(w) = N(m, s²) for each weight, with m by `centre`. For independent normal weights of variance
/// σ²
///   KL = Σ ½ (r − 1 − log r) + ½ ((μ − m) / s)² with r = σ² / s²
/// (Blundell et al. 2015, arXiv 1505.05424). Each term is computed without cancellation: none is
/// negative, and all are 0 where q equals the prior. log s² is rounded to the weights' type. For
/// other posteriors KL = E[log q] + Σ ½ log 2πs² + ½ (σ² + (μ − m)²) / s².
struct Normal {
  double deviation = 1;  ///< s
  Centre centre = Centre::zero;
  /// Whether log s² is a parameter, "prior_log_variance", one for the layer, that starts at
  /// 2 log(deviation).
  bool learned = false;

  /// Throws ValueError for a deviation s that is not positive and finite, or whose 1 / s overflows
  /// in the weights' type.
  std::unique_ptr<WeightPrior> operator()(const WeightPosterior& posterior) const;
};

}  // namespace credence::bayes
