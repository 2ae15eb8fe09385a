// The mean-field Gaussian posterior.
#pragma once

#include "bayes/posterior/spread.hpp"
#include "bayes/posterior/weight_posterior.hpp"

namespace credence::bayes {

/// w ~ N(weight, exp(log_variance)), independent for each weight, with a parameter log_variance for
/// each (Blundell et al. 2015, arXiv 1505.05424, with log σ² as the parameter). Its prior is Normal
/// by default.
struct Gaussian {
  double log_variance = -10;  ///< initial value
  /// The cap of each weight's deviation: log_variance is clamped to 2 log(largest_deviation)
  /// wherever it is used.
  double largest_deviation = kUnbounded;

  /// Throws ValueError for a log variance that is not finite or above the cap.
  std::unique_ptr<WeightPosterior> operator()(const Variable& mean) const;
};

}  // namespace credence::bayes
