// Detection of a kind of sample, such as those from outside the training distribution, by a score:
// ROC curve, AUROC, AUPR and FPR95, and the usual scores.
#pragma once

#include "framework/core/tensor.hpp"

#include <vector>

namespace credence::bayes::metrics {

// Curves and areas take the scores of the positive and of the negative samples, [P] and [N],
// float32 or float64, on the CPU. Larger scores mean positive. AUROC stays the same where the two
// kinds change places and the scores their sign; AUPR and FPR95 do not, so a table must say which
// kind is the positive one. All are exact for equal scores, which are accepted together, as in
// scikit-learn. Infinite scores are allowed. They throw ShapeError for other shapes, types and
// devices, and ValueError for P = 0 or N = 0 and for a NaN, whose row they name.

/// The points of a ROC curve, by falling threshold. A sample counts as positive where its score is
/// at least the threshold. The first point is (0, 0) with the threshold ∞; then comes one for each
/// different score (scikit-learn's roc_curve with drop_intermediate=False).
struct RocCurve {
  std::vector<double> threshold;
  std::vector<double> false_positive_rate;
  std::vector<double> true_positive_rate;
};
RocCurve roc_curve(const Tensor& positives, const Tensor& negatives);

/// AUROC, the probability that a positive sample has a larger score than a negative one, plus half
/// the probability that they are equal: the area under the ROC curve. The pairs are counted, so
/// that the result is the exact fraction, rounded once.
double area_under_roc(const Tensor& positives, const Tensor& negatives);

/// AUPR as the average precision, Σ_i (recall_i − recall_{i−1}) precision_i over the thresholds
/// (scikit-learn's average_precision_score). No line is drawn between the points.
double average_precision(const Tensor& positives, const Tensor& negatives);

/// The smallest false positive rate at which the true positive rate is at least `rate`; FPR95 for
/// 0.95. Throws ValueError unless 0 < rate ≤ 1.
double false_positive_rate_at(const Tensor& positives, const Tensor& negatives, double rate = 0.95);

// Scores of samples, float64 [N]; empty for N = 0. Log-probabilities are [N, C], or [S, N, C] from
// S posterior samples, float32 or float64, on the CPU. Errors are those of scores.hpp.

/// max_c p_c. It is small for a sample from outside the distribution (Hendrycks and Gimpel 2017,
/// arXiv 1610.02136).
Tensor max_probability(const Tensor& log_probabilities);

/// −Σ_c p_c log p_c in nats, with 0 log 0 = 0.
Tensor predictive_entropy(const Tensor& log_probabilities);

/// entropy(p̄) − mean entropy(p_s) = 1/S Σ_s KL(p_s ‖ p̄) with p̄ the mean of the p_s, in nats
/// (Houlsby et al. 2011, arXiv 1112.5745), for log-probabilities [S, N, C].
Tensor mutual_information(const Tensor& sample_log_probabilities);

/// log(1/S Σ_s p_s), float64 [N, C] from [S, N, C], by log-sum-exp.
Tensor mean_log_probabilities(const Tensor& sample_log_probabilities);

/// The energy −log Σ_c exp(logit_c) of logits [N, C] (Liu et al. 2020, arXiv 2010.03759, at
/// temperature 1). It is large for a sample from outside the distribution. Log-probabilities are no
/// logits: their energy is 0. Throws ValueError that names the row for NaN, for +∞ and for a row
/// that is −∞ throughout.
Tensor energy(const Tensor& logits);

}  // namespace credence::bayes::metrics
