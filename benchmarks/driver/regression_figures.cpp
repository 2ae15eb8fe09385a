// Task regress: its figures.
#include "benchmarks/common/chart.hpp"
#include "benchmarks/driver/regression.hpp"
#include "data/curve.hpp"
#include "framework/base/counted.hpp"

#include <algorithm>

#include <fmt/core.h>

namespace credence::benchmarks {
namespace {

constexpr double kCurvePanelWidth = 320;
constexpr double kCurvePanelHeight = 240;
// More would hide one another.
constexpr std::size_t kMostDots = 1000;
// Half the width of the central interval of 90 % of a normal distribution, in deviations.
constexpr double kHalfWidth = 1.6449;

using Numbers = std::vector<double>;

chart::Points dots(const std::string& name, const Numbers& x, const Numbers& y,
                   std::size_t colour) {
  chart::Points points{.name = name, .line = false, .dots = true, .colour = colour};
  for (std::size_t i = 0; i < std::min(x.size(), kMostDots); ++i)
    points.points.push_back({x[i], y[i]});
  return points;
}

chart::Band band(const std::string& name, const PredictedCurve& curve, const Numbers& deviation,
                 std::size_t colour) {
  chart::Band result{.name = name, .x = curve.x, .colour = colour};
  for (std::size_t i = 0; i < curve.x.size(); ++i) {
    result.low.push_back(curve.mean[i] - kHalfWidth * deviation[i]);
    result.high.push_back(curve.mean[i] + kHalfWidth * deviation[i]);
  }
  return result;
}

std::pair<double, double> range_of(const Numbers& values, double margin) {
  const auto [low, high] = std::minmax_element(values.begin(), values.end());
  const double width = *low < *high ? *high - *low : 1;
  return {*low - margin * width, *high + margin * width};
}

chart::Panel curve_panel(const RunSets& sets, const FamilyRegression& family, bool synthetic) {
  const PredictedCurve& curve = *family.curve;
  const Numbers targets = sets.train.targets.to_vector<double>();
  chart::Panel panel{.heading = to_string(family.training.family),
                     .x = {.label = "input", .range = std::pair(curve.x.front(), curve.x.back())},
                     // Where there are no data a band may be much wider than what is known.
                     .y = {.label = "target", .range = range_of(targets, 0.5)}};
  panel.series.emplace_back(band("90 %, epistemic and aleatoric", curve, curve.total, 1));
  panel.series.emplace_back(band("90 %, epistemic", curve, curve.epistemic, 0));
  panel.series.emplace_back(
      dots("training data", sets.train.inputs.to_vector<double>(), targets, 2));
  chart::Points mean{.name = "predictive mean", .colour = 0};
  chart::Points truth{.name = "the curve", .colour = 3};
  for (std::size_t i = 0; i < curve.x.size(); ++i) {
    mean.points.push_back({curve.x[i], curve.mean[i]});
    truth.points.push_back({curve.x[i], data::curve_mean(curve.x[i])});
  }
  if (synthetic) panel.series.emplace_back(truth);
  panel.series.emplace_back(mean);
  return panel;
}

chart::Panel scatter_panel(const Numbers& observed, const FamilyRegression& family,
                           std::pair<double, double> range) {
  return {.heading =
              fmt::format("{}, RMSE {:.3g}", to_string(family.training.family), family.report.rmse),
          .x = {.label = "observed", .range = range},
          .y = {.label = "predicted", .range = range},
          .series = {dots("test data", observed, family.predicted, 0),
                     chart::Reference{.name = "predicted as observed"}}};
}

std::string subject_of(const RegressionResult& result) {
  return fmt::format("{} of {}", counted(result.data.test_samples, "test row"),
                     result.data.dataset);
}

}  // namespace

void draw_predictions(const RunSets& sets, const RegressionResult& result,
                      const std::filesystem::path& stem) {
  chart::Chart figure{.title = "Predictions for " + subject_of(result),
                      .columns = result.families.size(),
                      .plot_width = kCurvePanelWidth,
                      .plot_height = kCurvePanelHeight};
  for (const FamilyRegression& family : result.families) {
    if (family.curve) {
      figure.panels.push_back(curve_panel(sets, family, result.families.back().gap.has_value()));
    }
  }
  const Numbers observed = sets.test.targets.to_vector<double>();
  Numbers all = observed;
  for (const FamilyRegression& family : result.families) {
    all.insert(all.end(), family.predicted.begin(), family.predicted.end());
  }
  for (const FamilyRegression& family : result.families) {
    figure.panels.push_back(scatter_panel(observed, family, range_of(all, 0.05)));
  }
  chart::draw(figure, stem);
}

void draw_coverage(const RegressionResult& result, const std::filesystem::path& stem) {
  chart::Panel panel{
      .x = {.label = "probability of the central interval", .range = std::pair(0.0, 1.0)},
      .y = {.label = "share of test targets inside", .range = std::pair(0.0, 1.0)}};
  for (const FamilyRegression& family : result.families) {
    chart::Points points{.name = to_string(family.training.family), .dots = true};
    for (const bayes::IntervalReport& interval : family.report.intervals) {
      points.points.push_back({interval.level, interval.coverage});
    }
    panel.series.emplace_back(points);
  }
  panel.series.emplace_back(chart::Reference{.name = "perfect calibration"});
  chart::draw({.title = "Coverage of intervals, " + subject_of(result),
               .panels = {panel},
               .columns = 1,
               .plot_width = kCurvePanelWidth,
               .plot_height = kCurvePanelWidth},
              stem);
}

}  // namespace credence::benchmarks
