// Split conformal prediction: sets of classes and intervals that contain the true value with a
// chosen probability, whatever the model, if calibration and test data are exchangeable.
#pragma once

#include "bayes/metrics/regression.hpp"
#include "framework/core/random.hpp"
#include "framework/core/tensor.hpp"

#include <cstdint>
#include <optional>

namespace credence::bayes::metrics {

// Vovk, Gammerman and Shafer 2005; Angelopoulos and Bates 2021 (arXiv 2107.07511). Calibration rows
// must be others than training and test rows. `level` is the probability 1 − α that is asked for.
// Given n calibration rows with different scores, the coverage on test rows has the distribution
// Beta(n + 1 − l, l) with l = ⌊(n + 1)(1 − level)⌋: on average between level and level + 1/(n + 1).
// Tensors are float32 or float64, labels int64, all on the CPU. Functions throw ShapeError for
// shapes, types and devices that do not fit, and ValueError that names the row for a NaN, for
// probabilities that do not add up to 1 ± 0.001 and for a label outside [0, C).

/// The ⌈(n + 1) level⌉-th smallest of n scores [n], which is about their quantile
/// ⌈(n + 1) level⌉ / n; ∞ where that is more than n, so that too few scores, or none, exclude
/// nothing. Throws ValueError unless 0 < level < 1.
double conformal_quantile(const Tensor& scores, double level);

/// How unlikely a class y is under a row's probabilities p:
///  - lac: 1 − p_y (least ambiguous classifiers, Sadinle et al. 2019, arXiv 1609.00451). The sets
///    are the smallest on average.
///  - aps: the sum of p_y and of all larger probabilities (adaptive prediction sets, Romano et al.
///    2020, arXiv 2006.02544). Of equal probabilities those of lower classes count as larger.
///  - randomized_aps: aps with u p_y in place of p_y, for a number u of the row, uniform in [0, 1).
///    The sets are smaller.
enum class ConformalScore : std::uint8_t { lac, aps, randomized_aps };

/// The stream of a generator's next draw, whose element n is the number u of row n: needed by
/// randomized_aps (ValueError without it), unused by the others. Calibration and test rows need
/// streams of their own.
using RowNumbers = std::optional<RandomStream>;

/// The scores [N, C], float64, of all classes for log-probabilities [N, C].
Tensor conformal_scores(ConformalScore score, const Tensor& log_probabilities,
                        const RowNumbers& numbers = {});

/// The score of each row's label, float64 [N], for log-probabilities [N, C] and labels [N]. N may
/// be 0.
Tensor label_scores(ConformalScore score, const Tensor& log_probabilities, const Tensor& labels,
                    const RowNumbers& numbers = {});

/// What makes sets of classes for new rows.
struct ConformalClassifier {
  ConformalScore score = ConformalScore::lac;
  double threshold = 0;  ///< the largest score of a class in a set; ∞ for sets of all classes
};

/// The classifier whose threshold is the conformal quantile of the scores of the labels, for
/// log-probabilities [N, C] and labels [N].
ConformalClassifier calibrate_sets(ConformalScore score, const Tensor& log_probabilities,
                                   const Tensor& labels, double level,
                                   const RowNumbers& numbers = {});

/// 1 for each class whose score is at most the threshold, else 0; uint8 [N, C]. A set may be empty:
/// with lac and aps where even the most probable class is too unlikely or too likely. Where a set
/// must have a member, add the most probable class; the coverage can only grow.
Tensor prediction_sets(const ConformalClassifier& classifier, const Tensor& log_probabilities,
                       const RowNumbers& numbers = {});

/// What sets of classes are worth.
struct SetSummary {
  double coverage = 0;   ///< the share of rows whose set contains the label
  double mean_size = 0;  ///< the mean number of classes in a set
  double empty = 0;      ///< the share of rows whose set is empty
};
/// The summary of sets, uint8 [N, C] with N ≥ 1, for labels [N].
SetSummary summarize_sets(const Tensor& sets, const Tensor& labels);

/// The mean coverage when rows with these label scores, [N] with N ≥ 2, are split at random in two:
/// ⌊N / 2⌋ rows calibrate, and the coverage is measured on the others (Angelopoulos and Bates 2021,
/// section 4.2). The two halves are exchangeable, so the mean is ⌈(n + 1) level⌉ / (n + 1) for n
/// calibrating rows with different scores. Where the coverage of test rows is farther from the
/// level, they are not like the calibration rows. The generator gives one draw for each of the
/// `splits` ≥ 1 splits. Throws ValueError unless 0 < level < 1 and for a number of splits below 1.
double coverage_of_halves(const Tensor& scores, double level, int splits, Generator& generator);

/// The conformal quantile of |target − prediction|, both [N]: the half width of intervals around
/// predictions.
double conformal_half_width(const Tensor& predictions, const Tensor& targets, double level);
/// The conformal quantile of |target − prediction| / deviation, all [N]: the half width of
/// intervals in units of each row's deviation.
double conformal_half_width(const Tensor& predictions, const Tensor& deviations,
                            const Tensor& targets, double level);
/// The intervals prediction ± half_width, and prediction ± half_width · deviation. Throws
/// ValueError for a negative half width or NaN.
Intervals conformal_intervals(const Tensor& predictions, double half_width);
Intervals conformal_intervals(const Tensor& predictions, const Tensor& deviations,
                              double half_width);

}  // namespace credence::bayes::metrics
