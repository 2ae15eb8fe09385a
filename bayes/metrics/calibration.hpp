// Calibration: whether predictions that claim a probability p are right in a share p of cases.
#pragma once

#include "framework/core/tensor.hpp"

#include <cstdint>
#include <span>
#include <vector>

namespace credence::bayes::metrics {

// Log-probabilities are [N, C], float32 or float64, and labels int64 [N], both on the CPU. Errors
// are those of scores.hpp, and ValueError for less than one bin. Sums are in double precision, the
// same for any number of threads.

/// How [0, 1] is cut into bins (a, b]. The first bin contains 0 too.
///  - equal_width: bin i of M is (i/M, (i+1)/M] (Guo et al. 2017, arXiv 1706.04599, section 2).
///  - equal_mass: bin i ends at the ⌈(i+1) N/M⌉-th smallest of the N confidences, numpy's quantile
///    by the method "inverted_cdf", so that each bin holds about N/M of them (Nguyen and O'Connor
///    2015, arXiv 1508.05154). Equal confidences share a bin; bins may then be empty.
/// torchmetrics has the equal widths, but bins [a, b) and one more for the confidence 1. The two
/// differ only where a confidence is the end of a bin.
enum class Binning : std::uint8_t { equal_width, equal_mass };

/// How predictions are sorted into bins.
struct CalibrationOptions {
  std::int64_t bins = 15;
  Binning binning = Binning::equal_width;
};

/// The predictions whose confidence is in (lower, upper].
struct ReliabilityBin {
  double lower = 0;
  double upper = 0;
  std::int64_t count = 0;
  double confidence = 0;  ///< the mean of their largest probability; 0 for an empty bin
  double accuracy = 0;    ///< the share of them that is right; 0 for an empty bin
};

/// The bins of a reliability diagram, in ascending order. The confidence of a row is its largest
/// probability. The row is right where its first largest probability is that of the label.
std::vector<ReliabilityBin> reliability_bins(const Tensor& log_probabilities, const Tensor& labels,
                                             const CalibrationOptions& options = {});

/// ECE, Σ_bins count / N · |accuracy − confidence| (Guo et al. 2017, equation 5); the adaptive ECE
/// where the bins have equal mass. Throws ValueError where all bins are empty.
double expected_calibration_error(std::span<const ReliabilityBin> bins);

/// MCE, the largest |accuracy − confidence| of a bin that is not empty (Guo et al. 2017, equation
/// 6). Throws ValueError where all bins are empty.
double maximum_calibration_error(std::span<const ReliabilityBin> bins);

/// The mean over classes c of the ECE of "the label is c" against the probability of c, over all N
/// rows: 1/C Σ_c Σ_bins count / N · |share of label c − mean p_c|. With equal widths this is the
/// static calibration error of Nixon et al. 2019 (arXiv 1904.01685, section 3) and the classwise
/// ECE of Kull et al. 2019 (arXiv 1910.12656), which are the same formula; with equal mass it is
/// the adaptive calibration error of Nixon et al. No probability is left out, however small.
double classwise_calibration_error(const Tensor& log_probabilities, const Tensor& labels,
                                   const CalibrationOptions& options = {});

}  // namespace credence::bayes::metrics
