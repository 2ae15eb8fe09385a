// Variational dropout: Gaussian posteriors that are described by their dropout rate α.
#pragma once

#include "bayes/posterior/spread.hpp"
#include "bayes/posterior/weight_posterior.hpp"

namespace credence::bayes {

/// w ~ N(weight, α · weight²) with a parameter log α for each weight: Gaussian dropout with learned
/// rates (Kingma et al. 2015, arXiv 1506.02557; Molchanov et al. 2017, arXiv 1701.05369), as used
/// by Shridhar et al. 2019 (arXiv 1806.05978). Its prior is Ard by default.
struct VariationalDropout {
  double log_alpha = -5;  ///< initial value
  /// Bounds to which log α is clamped wherever it is used. Outside them its gradient is 0.
  /// Molchanov et al. use -8 and 8.
  double lower_bound = -kUnbounded;
  double upper_bound = kUnbounded;

  /// Throws ValueError for a log α that is not finite or not between its bounds.
  std::unique_ptr<WeightPosterior> operator()(const Variable& mean) const;
};

/// The same family by mean and variance: w ~ N(weight, exp(log_variance)) with a parameter
/// log_variance for each weight, and log α = log_variance − log(weight² + kMeanFloor) computed from
/// both (Molchanov et al. 2017, section 4.2). The noise in an output does not depend on the
/// weight's mean, which lowers the gradient's variance where α is large, and a weight of 0 keeps
/// its variance. Its prior is LogUniform by default.
struct AdditiveDropout {
  /// Initial value. log_variance starts at log_alpha + log(weight² + kMeanFloor).
  double log_alpha = -5;
  double lower_bound = -kUnbounded;  ///< bounds of log α in divergences, as those above
  double upper_bound = kUnbounded;

  /// Throws as VariationalDropout does.
  std::unique_ptr<WeightPosterior> operator()(const Variable& mean) const;
};

}  // namespace credence::bayes
