// Pruning of Bayesian models: weights of which the posterior is unsure become zeros.
#pragma once

#include "framework/nn/module.hpp"

#include <cstdint>
#include <variant>

namespace credence::bayes {

/// Prunes the weights with log α = log(σ² / μ²) above the threshold (Molchanov et al. 2017, arXiv
/// 1701.05369, section 5: 3, that is a dropout rate α / (1 + α) above 0.95).
struct LogAlphaAbove {
  double threshold = 3;
};

/// Prunes the weights with a signal-to-noise ratio |μ| / σ below the threshold (Blundell et al.
/// 2015, arXiv 1505.05424, section 5.1; Graves 2011). The ratio of a mean of 0 is 0.
struct SignalToNoiseBelow {
  double threshold;
};

/// Prunes round(share · n) of the model's n weights, those with the smallest signal-to-noise ratio,
/// and of equal ones the first in the order of visit.
struct SmallestShare {
  double share;  ///< in [0, 1]
};

using PruningRule = std::variant<LogAlphaAbove, SignalToNoiseBelow, SmallestShare>;

/// Makes the weights that the rule names the constant 0, in every WeightLayer of the model and for
/// any posterior: their means and variances become 0 (WeightPosterior::prune). Other Bayesian
/// layers and the frequentist ones stay as they are. The model then predicts with the noise of the
/// weights that are left, and copy_means gives the frequentist model of its means.
/// nn::weight_counts says how many zeros each layer has. Returns the number of weights that the
/// rule names. Throws ValueError where the model has no WeightLayer, for a share outside [0, 1] and
/// for a threshold that is not a number; nothing changes then.
std::int64_t prune(nn::Module& model, const PruningRule& rule);

}  // namespace credence::bayes
