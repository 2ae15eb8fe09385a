// Task compare: methods of approximate inference beside each other, on the same data and epochs.
#pragma once

#include "benchmarks/driver/ood_report.hpp"
#include "benchmarks/driver/run_settings.hpp"

#include <cstddef>
#include <string>
#include <vector>

namespace credence::benchmarks {

/// One method's part of the result.
struct MethodResult {
  std::string name;
  std::int64_t passes = 1;               ///< of a prediction
  std::size_t bytes = 0;                 ///< of all tensors that its predictions need
  double training_seconds = 0;           ///< of all that it needs, as if it were alone
  double prediction_seconds = 0;         ///< for the test set
  bayes::ClassificationReport report{};  ///< of the test set
  std::vector<OodReport> others{};       ///< of --ood-data: none, one, or one for each level
};

struct ComparisonResult {
  RunData data{};
  std::string other{};  ///< the name of --ood-data; empty without
  std::vector<MethodResult> methods{};
};

/// Trains the methods of `options.methods`, or takes those that have a file NAME.safetensors in the
/// folder `options.pretrained`. Where `options.out` is set, writes such a file of each, and the
/// figure compare.png and .svg.
ComparisonResult run_comparison(const Options& options, const RunSets& images);

/// The results as tables in Markdown, and as JSON.
std::string comparison_tables(const ComparisonResult& result);
std::string comparison_json(const Options& options, const ComparisonResult& result);

/// Negative log-likelihood, and AUROC by entropy where there is --ood-data, else the calibration
/// error, against the cost of training: a dot for each method. Written to stem.png and stem.svg.
void draw_comparison(const std::string& title, const ComparisonResult& result,
                     const std::filesystem::path& stem);

}  // namespace credence::benchmarks
