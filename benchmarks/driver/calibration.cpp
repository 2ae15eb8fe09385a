// Task calib: its run and its entry in the list of tasks.
#include "benchmarks/driver/calibration.hpp"

#include "benchmarks/driver/family_predictions.hpp"
#include "benchmarks/driver/prediction_figures.hpp"
#include "benchmarks/driver/report.hpp"
#include "benchmarks/driver/task.hpp"
#include "framework/base/counted.hpp"
#include "framework/base/error.hpp"

#include <utility>

#include <fmt/core.h>

namespace credence::benchmarks {
namespace {

namespace metrics = bayes::metrics;
using metrics::ConformalScore;

// The coverage of halves is then known to about half of the deviation of a single split.
constexpr int kSplits = 100;

CalibrationScores scores_of(const Tensor& log_probabilities, const Tensor& labels) {
  CalibrationScores scores{.nll = metrics::negative_log_likelihood(log_probabilities, labels),
                           .brier = metrics::brier_score(log_probabilities, labels),
                           .reliability = metrics::reliability_bins(log_probabilities, labels)};
  scores.ece = metrics::expected_calibration_error(scores.reliability);
  return scores;
}

void draw(const Options& options, const CalibrationResult& result) {
  std::vector<ReliabilityDiagram> diagrams;
  std::vector<NamedRiskCoverage> curves;
  for (const FamilyCalibration& family : result.families) {
    const std::string name = to_string(family.training.family);
    const TemperatureScaling& scaling = family.temperature;
    diagrams.push_back({name, scaling.before.reliability});
    if (scaling.fitted) {
      diagrams.back().temperature = scaling.used();
      diagrams.back().after = scaling.after.reliability;
    }
    curves.push_back({name, family.report.risk_coverage});
  }
  const std::string images =
      fmt::format("{} on {} of {}", options.model, counted(result.data.test_samples, "test image"),
                  result.data.dataset);
  draw_reliability(images + ": reliability before and after temperature scaling", diagrams,
                   *options.out / "reliability");
  draw_risk_coverage(images + ": risk and coverage", curves, *options.out / "risk-coverage");
}

}  // namespace

TemperatureScaling scale_temperature(const bayes::ClassPredictions& validation,
                                     const bayes::ClassPredictions& test) {
  const Tensor& log_p = test.mean_log_probabilities;
  TemperatureScaling result{.before = scores_of(log_p, test.labels)};
  try {
    result.fitted = metrics::fit_temperature(validation.mean_log_probabilities, validation.labels);
  } catch (const ValueError& error) {
    // Log-probabilities of a model are finite: no temperature is the best one.
    result.reason = error.what();
    return result;
  }
  const double used = result.used();
  result.after = used == 1 ? result.before
                           : scores_of(metrics::scaled_log_probabilities(log_p, used), test.labels);
  return result;
}

std::vector<ConformalSets> conformal_sets(const bayes::ClassPredictions& validation,
                                          const bayes::ClassPredictions& test, std::uint64_t seed) {
  std::vector<ConformalSets> result;
  for (const ConformalScore score :
       {ConformalScore::lac, ConformalScore::aps, ConformalScore::randomized_aps}) {
    Generator generator = Generator(seed).split("conformal");
    const RandomStream calibration_rows = generator.next();
    const RandomStream test_rows = generator.next();
    const Tensor calibration = metrics::label_scores(score, validation.mean_log_probabilities,
                                                     validation.labels, calibration_rows);
    const Tensor own =
        metrics::label_scores(score, test.mean_log_probabilities, test.labels, test_rows);
    for (const double level : {0.9, 0.95}) {
      const metrics::ConformalClassifier classifier{
          score, metrics::conformal_quantile(calibration, level)};
      const Tensor sets =
          metrics::prediction_sets(classifier, test.mean_log_probabilities, test_rows);
      Generator splits = Generator(seed).split("halves");
      result.push_back({score, level, classifier.threshold,
                        metrics::summarize_sets(sets, test.labels),
                        metrics::coverage_of_halves(own, level, kSplits, splits)});
    }
  }
  return result;
}

CalibrationResult run_calibration(const Options& options, const Images& images) {
  const Parts parts = parts_of(options, images);
  CalibrationResult result{.data = data_of(options, parts)};
  for (const Family family : {Family::frequentist, Family::bayesian}) {
    TrainedModel trained = train_or_load(options, parts, family);
    const bayes::ClassPredictions validation =
        family_predictions(options, trained, images.train, "validation images", parts.validation);
    const bayes::ClassPredictions test =
        family_predictions(options, trained, images.test, "test images");
    result.families.push_back({.training = std::move(trained.result),
                               .report = bayes::classification_report(test),
                               .temperature = scale_temperature(validation, test),
                               .sets = conformal_sets(validation, test, options.seed)});
  }
  if (options.out) draw(options, result);
  return result;
}

Task calibration_task() {
  return {
      .name = "calib",
      .help =
          "train both families and compare what their predictions are worth: all metrics, "
          "reliability, risk and coverage, temperature scaling and conformal sets (these "
          "two on the images of --validation)",
      .models = 2,
      .pretrained =
          PretrainedUse{
              {Family::frequentist, Family::bayesian},
              "take frequentist.safetensors and bayesian.safetensors in this folder, which a run "
              "with the same --seed and --validation left, instead of training"},
      .calibrates = true,
      .files = [](const Options& options) -> std::vector<std::string> {
        return with_checkpoints(options, {"reliability.png", "reliability.svg", "risk-coverage.png",
                                          "risk-coverage.svg"});
      },
      .training_text = pair_training_text,
      .run = [](const Options& options, const Images& images) -> Report {
        const CalibrationResult result = run_calibration(options, images);
        return {calibration_tables(result), calibration_json(options, result)};
      }};
}

}  // namespace credence::benchmarks
