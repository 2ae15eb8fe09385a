// Temperature scaling: one number, fitted on validation data, that makes probabilities neither too
// bold nor too timid.
#pragma once

#include "framework/core/tensor.hpp"

namespace credence::bayes::metrics {

/// The 95 % quantile of the χ² distribution with one degree of freedom.
inline constexpr double kChiSquared95 = 3.841458820694124;

/// The result of fit_temperature. The negative log-likelihoods are those of the validation rows, in
/// nats; nll ≤ nll_before up to rounding.
struct Temperature {
  double value = 1;
  double nll_before = 0;  ///< at the temperature 1
  double nll = 0;         ///< at `value`
  /// 2 N (nll_before − nll) for N rows, the likelihood ratio of the two temperatures. If 1 is
  /// right, it is distributed as χ² with one degree of freedom for large N (Wilks 1938).
  double likelihood_ratio = 0;

  /// `value` where the likelihood ratio rejects the temperature 1 at the level of 5 %
  /// (likelihood_ratio > kChiSquared95), else 1: a model that is calibrated to begin with is not
  /// changed by the noise of a fit.
  double significant_value() const { return likelihood_ratio > kChiSquared95 ? value : 1; }
};

/// The T > 0 with the smallest mean of −log softmax(logits / T)[label] (Guo et al. 2017, arXiv
/// 1706.04599, section 4.2). For the averaged log-probabilities log p̄ of a Bayesian net give these
/// as the logits. Accuracy stays the same, because the order of the classes does.
///
/// In β = 1/T the function is convex, with the slope mean(E[z] − z_label) and the curvature
/// mean(Var[z]) of the logits z under softmax(β z). Newton's method finds the root of the slope.
/// Each step stays between two β with slopes of different sign, so it cannot leave the minimum. All
/// is in double precision.
///
/// Logits are [N, C], float32 or float64, labels int64 [N], both on the CPU. Throws ShapeError for
/// others, for N = 0 and for C < 2. Throws ValueError that names the row where a logit is NaN or +∞
/// or the logit of a label is −∞. Throws ValueError where no T is the best one:
///  - each label has the largest logit of its row: the likelihood rises as T → 0;
///  - the labels' logits are on average at most the mean logit of their rows, as for random
///    predictions or worse: it rises as T → ∞, or is the same for all T.
Temperature fit_temperature(const Tensor& logits, const Tensor& labels);

/// log_softmax(logits / temperature), [N, C] of the type of the logits. Throws ShapeError and
/// ValueError for logits as above, and ValueError unless the temperature is positive and finite.
Tensor scaled_log_probabilities(const Tensor& logits, double temperature);

}  // namespace credence::bayes::metrics
