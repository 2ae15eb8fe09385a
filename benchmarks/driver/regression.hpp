// Task regress: what both families predict for numbers, with which uncertainty, on the synthetic
// curve of data/curve.hpp or on a table of the user's own.
#pragma once

#include "bayes/regression_report.hpp"
#include "benchmarks/driver/run_settings.hpp"

#include <optional>
#include <string>
#include <vector>

namespace credence::benchmarks {

/// Predictions for one input along a grid: the mean, and the deviations that come from the weights
/// and from weights and noise together.
struct PredictedCurve {
  std::vector<double> x{};
  std::vector<double> mean{};
  std::vector<double> epistemic{};
  std::vector<double> total{};
};

/// The mean epistemic deviation of the curve where it has no points, and where it has some.
struct GapDeviations {
  double in_gap = 0;
  double on_data = 0;
};

/// All of it for one model.
struct FamilyRegression {
  FamilyResult training{};
  bayes::RegressionReport report{};       ///< of the test set, with the intervals of all levels
  std::vector<double> predicted{};        ///< the predictive mean of each test row
  double epistemic_deviation = 0;         ///< mean over the test set, in the target's unit
  double aleatoric_deviation = 0;         ///< likewise
  std::optional<PredictedCurve> curve{};  ///< where there is one input
  std::optional<GapDeviations> gap{};     ///< of the Bayesian model of the synthetic curve
};

struct RegressionResult {
  RunData data{};
  std::vector<FamilyRegression> families{};  ///< frequentist, Bayesian
};

/// Trains both families. Where `options.out` is set, writes the checkpoints and the figures
/// predictions.png and .svg, coverage.png and .svg.
RegressionResult run_regression(const Options& options, const RunSets& sets);

/// The figures, each to stem.png and stem.svg. Predictions: for one input the mean with its bands,
/// the training data and, of the synthetic curve, the curve itself; beneath, or alone, predicted
/// against observed targets of the test set. Coverage: the share of test targets in central
/// intervals against their probability.
void draw_predictions(const RunSets& sets, const RegressionResult& result,
                      const std::filesystem::path& stem);
void draw_coverage(const RegressionResult& result, const std::filesystem::path& stem);

/// The results as tables in Markdown, and as JSON.
std::string regression_tables(const RegressionResult& result);
std::string regression_json(const Options& options, const RegressionResult& result);

}  // namespace credence::benchmarks
