// How well a model tells other images from its own, as tables for people and as JSON: the command
// evaluate and the task ood share it.
#pragma once

#include "benchmarks/driver/prediction_report.hpp"

#include <optional>
#include <string>
#include <vector>

#include <nlohmann/json_fwd.hpp>

namespace credence::benchmarks {

/// What a model makes of one set of other images.
struct OodReport {
  std::string name;  ///< of the set
  int level = 0;     ///< of a corruption; 0 for another data set
  std::int64_t images = 0;
  double entropy = 0;             ///< the mean over images, nats
  double mutual_information = 0;  ///< likewise
  /// All metrics, where the labels of the images are the model's: for a corruption.
  std::optional<bayes::ClassificationReport> report{};
  /// With the other images as the positive ones. Mutual information only where there are several
  /// passes: of one pass it is 0 for all images.
  std::vector<bayes::Detection> detection{};
};

/// The detection by this score; null where there is none.
const bayes::Detection* find_detection(const OodReport& report, const std::string& score);

/// Compares the predictions for other images with those for the own test images. `level` is the
/// corruption's, 0 for another data set.
OodReport ood_report(const bayes::ClassPredictions& own, const bayes::ClassPredictions& other,
                     const std::string& name, int level);

/// The reports of one model, or of one way to predict with it.
struct NamedOodReports {
  std::string name;                 ///< in the heads of columns
  bayes::ClassificationReport own;  ///< of the test images
  std::vector<OodReport> others;    ///< one, or one for each level of a corruption
};

/// For another data set the detection by each score; for a corruption accuracy and calibration for
/// each level from 0 (the test images), and AUROC for each score and level. `images` names the
/// other images. All models have the same sets.
std::string ood_tables(const std::vector<NamedOodReports>& models, const std::string& images);

nlohmann::ordered_json ood_json(const std::vector<OodReport>& reports);

}  // namespace credence::benchmarks
