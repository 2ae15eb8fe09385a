// Automatic relevance determination for whole outputs.
#pragma once

#include "bayes/prior/weight_prior.hpp"

namespace credence::bayes {

/// Normal priors with mean 0 whose variance s² each row of the weight shares, the slice [o, …] of
/// its first dimension, which holds all weights of one output or output channel. s² is the one that
/// makes KL smallest, mean(μ² + σ²) over the row's n weights (MacKay 1995, automatic relevance
/// determination; per weight it is Ard). Then
///   KL = ½ Σ_rows (n log mean(μ² + σ²) − Σ log σ²).
/// It is 0 where all means of a row are 0 and its variances are equal: such an output carries only
/// noise and can be removed (nn::shrink). For independent normal posteriors alone.
struct GroupArd {
  /// Throws ValueError for a posterior that is not independent and normal.
  std::unique_ptr<WeightPrior> operator()(const WeightPosterior& posterior) const;
};

}  // namespace credence::bayes
