// The distributions that stand for a weight. Each weight is an independent normal variable; what
// differs is how its variance is parameterised and which prior it is held against.
#pragma once

#include "framework/nn/module.hpp"

#include <limits>
#include <variant>

namespace credence::bayes {

/// w ~ N(weight, α · weight²) with log α a parameter for each weight: Gaussian dropout with learned
/// rates (Kingma et al. 2015, arXiv 1506.02557; Molchanov et al. 2017, arXiv 1701.05369), as
/// Shridhar et al. 2019 (arXiv 1806.05978) use it. The prior is N(0, s²) with s² chosen for each
/// weight by maximum likelihood, s² = (1 + α) weight², which makes the divergence
///   KL = ½ Σ log(1 + 1/α)
/// (Kharitonov et al. 2018, arXiv 1811.00596), independent of the weight itself.
struct VariationalDropout {
  double log_alpha = -5;  ///< initial value
  /// Bounds to which log α is clamped wherever it is used; beyond them it has no gradient.
  /// Molchanov et al. take -8 and 8.
  double lower_bound = -std::numeric_limits<double>::infinity();
  double upper_bound = std::numeric_limits<double>::infinity();
};

/// w ~ N(weight, exp(log_variance)) with the prior N(0, s²) (Blundell et al. 2015, arXiv
/// 1505.05424), in closed form
///   KL = Σ ½ (r − 1 − log r) + ½ (weight / s)² with r = σ² / s².
/// Each term is computed without cancellation: none is negative, and with the prior's moments all
/// are 0. log s² is rounded to the weights' type, as log_variance is.
struct Gaussian {
  double log_variance = -10;   ///< initial value
  double prior_deviation = 1;  ///< s
};

/// Which distribution, with its settings.
using Posterior = std::variant<VariationalDropout, Gaussian>;

/// A tensor of independent normal random variables with trainable moments.
class WeightDistribution {
 public:
  /// `weight` becomes the mean. Throws ValueError for settings that are not finite in its type, a
  /// prior deviation s that is not positive or whose 1 / s leaves the type's range, or an initial
  /// log α outside its bounds.
  WeightDistribution(const Posterior& posterior, Variable weight);

  const Variable& mean() const { return weight_; }
  /// The parameter of the variance: log α or log σ².
  const Variable& spread() const { return spread_; }
  /// Differentiable with respect to the parameters.
  Variable variance() const;
  /// The Kullback-Leibler divergence from the prior in nats, summed over all weights, a scalar.
  Variable kl_divergence() const;
  const Posterior& posterior() const { return posterior_; }

  /// Lists "weight" and "log_alpha" or "log_variance".
  void visit(nn::Visitor& visitor);

 private:
  /// Within its bounds.
  Variable log_alpha() const;

  Posterior posterior_;
  Variable weight_;
  Variable spread_;  ///< log α or log σ²
};

}  // namespace credence::bayes
