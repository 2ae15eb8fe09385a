// Reliability bins of probabilities, and the calibration errors that come from them.
#include "bayes/metrics/calibration.hpp"

#include "bayes/metrics/input.hpp"
#include "framework/base/error.hpp"

#include <algorithm>
#include <cmath>

namespace credence::bayes::metrics {
namespace {

void require_bins(const char* metric, const CalibrationOptions& options) {
  if (options.bins >= 1) return;
  throw ValueError("[" + std::string(metric) + "] the number of bins must be at least 1, not " +
                   std::to_string(options.bins));
}

// The upper ends of the bins, in ascending order.
std::vector<double> upper_ends(const std::vector<double>& probabilities,
                               const CalibrationOptions& options) {
  std::vector<double> ends;
  if (options.binning == Binning::equal_width) {
    for (std::int64_t i = 1; i <= options.bins; ++i) {
      ends.push_back(static_cast<double>(i) / static_cast<double>(options.bins));
    }
    return ends;
  }
  std::vector<double> sorted = probabilities;
  std::sort(sorted.begin(), sorted.end());
  const auto rows = static_cast<std::int64_t>(sorted.size());
  for (std::int64_t i = 1; i <= options.bins; ++i) {
    const std::int64_t rank = (i * rows + options.bins - 1) / options.bins;
    ends.push_back(sorted[static_cast<std::size_t>(rank - 1)]);
  }
  return ends;
}

// hits[n] is 1 where the event with probabilities[n] came true, else 0.
std::vector<ReliabilityBin> bins_of(const std::vector<double>& probabilities,
                                    const std::vector<double>& hits,
                                    const CalibrationOptions& options) {
  const std::vector<double> ends = upper_ends(probabilities, options);
  std::vector<ReliabilityBin> bins(ends.size());
  for (std::size_t i = 0; i < ends.size(); ++i) {
    bins[i].lower = i == 0 ? 0 : ends[i - 1];
    bins[i].upper = ends[i];
  }
  for (std::size_t n = 0; n < probabilities.size(); ++n) {
    // The first bin whose end is not below the probability.
    const auto end = std::lower_bound(ends.begin(), ends.end(), probabilities[n]);
    ReliabilityBin& bin = bins[static_cast<std::size_t>(end - ends.begin())];
    ++bin.count;
    bin.confidence += probabilities[n];
    bin.accuracy += hits[n];
  }
  for (ReliabilityBin& bin : bins) {
    if (bin.count == 0) continue;
    bin.confidence /= static_cast<double>(bin.count);
    bin.accuracy /= static_cast<double>(bin.count);
  }
  return bins;
}

std::int64_t rows_in(const char* metric, std::span<const ReliabilityBin> bins) {
  std::int64_t rows = 0;
  for (const ReliabilityBin& bin : bins) rows += bin.count;
  if (rows > 0) return rows;
  throw ValueError("[" + std::string(metric) + "] needs a bin that is not empty");
}

}  // namespace

std::vector<ReliabilityBin> reliability_bins(const Tensor& log_probabilities, const Tensor& labels,
                                             const CalibrationOptions& options) {
  require_bins("reliability_bins", options);
  require_labelled("reliability_bins", log_probabilities, labels);
  const std::int64_t* const label = labels.data<std::int64_t>();
  std::vector<double> hits(static_cast<std::size_t>(labels.numel()));
  const std::vector<double> confidences =
      values_of_rows(log_probabilities, [&](std::int64_t n, const std::vector<double>& row) {
        const std::int64_t top = predicted(row);
        hits[static_cast<std::size_t>(n)] = top == label[n] ? 1 : 0;
        return probability(row[static_cast<std::size_t>(top)]);
      });
  return bins_of(confidences, hits, options);
}

double expected_calibration_error(std::span<const ReliabilityBin> bins) {
  const auto rows = static_cast<double>(rows_in("expected_calibration_error", bins));
  double error = 0;
  for (const ReliabilityBin& bin : bins) {
    error += static_cast<double>(bin.count) / rows * std::abs(bin.accuracy - bin.confidence);
  }
  return error;
}

double maximum_calibration_error(std::span<const ReliabilityBin> bins) {
  rows_in("maximum_calibration_error", bins);
  double error = 0;
  // An empty bin adds |0 − 0|.
  for (const ReliabilityBin& bin : bins) {
    error = std::max(error, std::abs(bin.accuracy - bin.confidence));
  }
  return error;
}

double classwise_calibration_error(const Tensor& log_probabilities, const Tensor& labels,
                                   const CalibrationOptions& options) {
  require_bins("classwise_calibration_error", options);
  require_labelled("classwise_calibration_error", log_probabilities, labels);
  const Values values(log_probabilities);
  const std::int64_t* const label = labels.data<std::int64_t>();
  const std::int64_t classes = log_probabilities.shape()[1];
  return mean_of(values_of(classes, 1, [&](std::int64_t c) {
    std::vector<double> probabilities;
    std::vector<double> hits;
    for (std::int64_t n = 0; n < labels.numel(); ++n) {
      probabilities.push_back(probability(values[n * classes + c]));
      hits.push_back(label[n] == c ? 1 : 0);
    }
    return expected_calibration_error(bins_of(probabilities, hits, options));
  }));
}

}  // namespace credence::bayes::metrics
