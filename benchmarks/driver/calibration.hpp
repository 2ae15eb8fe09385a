// Task calib: what the predictions of both families of a model are worth, and what temperature
// scaling and conformal prediction make of them.
#pragma once

#include "bayes/classification_report.hpp"
#include "bayes/metrics/conformal.hpp"
#include "bayes/metrics/temperature.hpp"
#include "benchmarks/driver/run_settings.hpp"

#include <optional>
#include <string>
#include <vector>

namespace credence::benchmarks {

/// What temperature scaling changes: metrics of the test set.
struct CalibrationScores {
  double nll = 0;
  double brier = 0;
  double ece = 0;
  std::vector<bayes::metrics::ReliabilityBin> reliability{};
};

/// Temperature scaling, fitted on the validation images.
struct TemperatureScaling {
  CalibrationScores before{};
  std::optional<bayes::metrics::Temperature> fitted{};  ///< none where no temperature is best
  CalibrationScores after{};                            ///< with the temperature used
  std::string reason{};                                 ///< where no temperature is best

  /// 1 where the likelihood ratio of the validation images does not reject it.
  double used() const { return fitted ? fitted->significant_value() : 1; }
};

/// Split conformal sets, calibrated on the validation images.
struct ConformalSets {
  bayes::metrics::ConformalScore score;
  double level;      ///< the coverage asked for
  double threshold;  ///< of the scores
  bayes::metrics::SetSummary test;
  /// The mean coverage if a random half of the test images calibrates and the other half is
  /// covered: what the sets promise when both are alike.
  double coverage_of_halves;
};

/// All of it for one model.
struct FamilyCalibration {
  FamilyResult training{};
  bayes::ClassificationReport report{};  ///< of the test set
  TemperatureScaling temperature{};
  std::vector<ConformalSets> sets{};  ///< each score at 90 % and 95 %
};

struct CalibrationResult {
  RunData data{};
  std::vector<FamilyCalibration> families{};  ///< frequentist, Bayesian
};

/// Both steps for predictions of validation and test images. The seed is that of the randomised
/// conformal scores.
TemperatureScaling scale_temperature(const bayes::ClassPredictions& validation,
                                     const bayes::ClassPredictions& test);
std::vector<ConformalSets> conformal_sets(const bayes::ClassPredictions& validation,
                                          const bayes::ClassPredictions& test, std::uint64_t seed);

/// Trains both families, or takes those in the folder `options.pretrained`. Where `options.out` is
/// set, writes the figures reliability.png and .svg, risk-coverage.png and .svg, and the
/// checkpoints of models trained here.
CalibrationResult run_calibration(const Options& options, const Images& images);

/// The results as tables in Markdown, and as JSON.
std::string calibration_tables(const CalibrationResult& result);
std::string calibration_json(const Options& options, const CalibrationResult& result);

}  // namespace credence::benchmarks
