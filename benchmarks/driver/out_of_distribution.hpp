// Task ood: how both families of a model tell other images from their own, or what becomes of their
// predictions as the test images are corrupted.
#pragma once

#include "benchmarks/driver/ood_report.hpp"
#include "benchmarks/driver/prediction_figures.hpp"
#include "benchmarks/driver/run_settings.hpp"

#include <string>
#include <vector>

namespace credence::benchmarks {

/// One model's part of the result.
struct FamilyDetection {
  FamilyResult training{};
  bayes::ClassificationReport own{};  ///< of the test set
  std::vector<OodReport> others{};    ///< one, or one for each level of a corruption
  Entropies entropies{};              ///< of the test set and of the last of the others
  RocCurves curves{};                 ///< of the last of the others
};

struct DetectionResult {
  RunData data{};
  std::string other{};                      ///< the data set's or corruption's name
  std::int64_t classes = 0;                 ///< of the models
  std::vector<FamilyDetection> families{};  ///< frequentist, Bayesian
};

/// Trains both families, or takes those in the folder `options.pretrained`, and compares their
/// predictions for the images of `options.ood_data` with those for the test set. Where
/// `options.out` is set, writes the figures entropy.png and .svg, roc.png and .svg, for a
/// corruption (of which they show the highest level) shift.png and .svg, and the checkpoints of
/// models trained here. Throws as find_ood_data does before it trains.
DetectionResult run_detection(const Options& options, const Images& images);

/// The results as tables in Markdown, and as JSON.
std::string detection_tables(const DetectionResult& result);
std::string detection_json(const Options& options, const DetectionResult& result);

}  // namespace credence::benchmarks
