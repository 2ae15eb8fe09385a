// The posterior distributions of weights and their priors. Each weight is an independent normal
// variable. The posteriors differ in how the variance is parametrised and in the prior.
#pragma once

#include "framework/nn/module.hpp"

#include <limits>
#include <variant>

namespace credence::bayes {

/// w ~ N(weight, α · weight²) with a parameter log α for each weight: Gaussian dropout with learned
/// rates (Kingma et al. 2015, arXiv 1506.02557; Molchanov et al. 2017, arXiv 1701.05369), as used
/// by Shridhar et al. 2019 (arXiv 1806.05978). The prior is N(0, s²), where s² = (1 + α) weight²
/// maximises the evidence lower bound for each weight. This gives
///   KL = ½ Σ log(1 + 1/α)
/// (Kharitonov et al. 2018, arXiv 1811.00596), which does not depend on the weight.
struct VariationalDropout {
  double log_alpha = -5;  ///< initial value
  /// Bounds to which log α is clamped wherever it is used. Outside them its gradient is 0.
  /// Molchanov et al. use -8 and 8.
  double lower_bound = -std::numeric_limits<double>::infinity();
  double upper_bound = std::numeric_limits<double>::infinity();
};

/// w ~ N(weight, exp(log_variance)) with a parameter log_variance for each weight and the prior
/// N(0, s²) (Blundell et al. 2015, arXiv 1505.05424, with log σ² as the parameter). The divergence
/// is
///   KL = Σ ½ (r − 1 − log r) + ½ (weight / s)² with r = σ² / s².
/// Each term is computed without cancellation: none is negative, and all are 0 where q equals the
/// prior. log s² is rounded to the weights' type, as log_variance is.
struct Gaussian {
  double log_variance = -10;   ///< initial value
  double prior_deviation = 1;  ///< s
};

/// The choice of a posterior with its settings.
using Posterior = std::variant<VariationalDropout, Gaussian>;

/// A tensor of independent normal random variables with trainable mean and variance.
class WeightDistribution {
 public:
  /// `weight` becomes the mean. Throws ValueError for settings that are not finite in the weight's
  /// type, for a prior deviation s that is not positive or whose 1 / s overflows, and for an
  /// initial log α outside its bounds.
  WeightDistribution(const Posterior& posterior, Variable weight);

  const Variable& mean() const { return weight_; }
  /// The parameter of the variance: log α or log σ².
  const Variable& spread() const { return spread_; }
  /// σ² of each weight, in the shape of the mean; differentiable with respect to the parameters.
  Variable variance() const;
  /// The Kullback-Leibler divergence from the prior in nats, summed over all weights; a
  /// differentiable scalar.
  Variable kl_divergence() const;
  const Posterior& posterior() const { return posterior_; }

  /// Passes the parameters "weight" and "log_alpha" or "log_variance" to the visitor.
  void visit(nn::Visitor& visitor);

 private:
  /// The parameter log α, clamped to its bounds.
  Variable log_alpha() const;

  Posterior posterior_;
  Variable weight_;
  Variable spread_;  ///< log α or log σ²
};

}  // namespace credence::bayes
