// Task acc: trains a model in both families and compares their accuracy on the test set.
#pragma once

#include "benchmarks/driver/run_settings.hpp"

#include <string>
#include <vector>

namespace credence::benchmarks {

struct AccuracyResult {
  RunData data;
  std::vector<FamilyResult> families{};  ///< frequentist, Bayesian
};

/// Trains both families. Where `options.out` is set, the trained parameters are written there as
/// frequentist.safetensors and bayesian.safetensors.
AccuracyResult run_accuracy(const Options& options, const Images& images);

/// The results as tables in Markdown, and as JSON.
std::string accuracy_tables(const Options& options, const AccuracyResult& result);
std::string accuracy_json(const Options& options, const AccuracyResult& result);

}  // namespace credence::benchmarks
