// Pruning of Bayesian models: weights of which the posterior is unsure become zeros.
#pragma once

#include "framework/nn/module.hpp"

#include <cstdint>
#include <variant>
#include <vector>

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

/// Prunes whole units, that is rows of a weight: all weights that enter an output or an output
/// channel. In each WeightLayer but the last, in the order of visit, it keeps as many rows as
/// `widths` says, those with the largest Σ μ² / σ² over the row, and of equal ones the first. ½ μ²
/// / σ² is what the loss grows by where a weight is removed and the posterior is as narrow as the
/// likelihood is curved (the saliency of LeCun, Denker and Solla 1990, Optimal Brain Damage).
struct LargestUnits {
  std::vector<std::int64_t> widths;
};

using PruningRule = std::variant<LogAlphaAbove, SignalToNoiseBelow, SmallestShare, LargestUnits>;

/// The rule of a step, counted from 1, where pruning takes several with training between them. Of f
/// = 1 − (1 − step / steps)³ (Zhu and Gupta 2017, arXiv 1710.01878) a share is f times its whole,
/// and each of a layer's n rows that are pruned at the end is so with f of them: round(n − f (n −
/// width)) are left. A threshold is the same in each step. The last step has the rule itself.
/// Throws ValueError unless 1 ≤ step ≤ steps, and for widths as prune does.
PruningRule rule_of_step(const PruningRule& rule, nn::Module& model, std::int64_t step,
                         std::int64_t steps);

/// Makes the weights that the rule names the constant 0, in every WeightLayer of the model and for
/// any posterior: their means and variances become 0 (WeightPosterior::prune). Other Bayesian
/// layers and the frequentist ones stay as they are. The model then predicts with the noise of the
/// weights that are left, and copy_means gives the frequentist model of its means.
/// nn::weight_counts says how many zeros each layer has. Returns the number of weights that the
/// rule names. Throws ValueError where the model has no WeightLayer, for a share outside [0, 1],
/// for a threshold that is not a number, and unless there is one width for each layer but the last,
/// from 1 to its rows; nothing changes then.
std::int64_t prune(nn::Module& model, const PruningRule& rule);

}  // namespace credence::bayes
