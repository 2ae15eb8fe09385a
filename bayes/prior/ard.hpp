// Automatic relevance determination: a normal prior of its own for each weight.
#pragma once

#include "bayes/prior/weight_prior.hpp"

namespace credence::bayes {

/// p(w) = N(0, s²), where s² = σ² + μ² maximises the evidence lower bound for each weight. This
/// gives
///   KL = ½ Σ log(1 + 1/α) with α = σ² / μ²
/// (Kharitonov et al. 2018, arXiv 1811.00596). For a posterior with log α as its parameter, as
/// VariationalDropout, it does not depend on the weight's mean. It is defined for independent
/// normal weights.
struct Ard {
  std::unique_ptr<WeightPrior> operator()(const WeightPosterior& posterior) const;
};

}  // namespace credence::bayes
