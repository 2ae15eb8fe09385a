// Task regress: its tables and its JSON.
#include "benchmarks/driver/prediction_report.hpp"
#include "benchmarks/driver/regression.hpp"
#include "benchmarks/driver/report.hpp"
#include "framework/base/markdown.hpp"

#include <algorithm>
#include <array>
#include <cmath>
#include <functional>

#include <fmt/core.h>
#include <nlohmann/json.hpp>

namespace credence::benchmarks {
namespace {

using Json = nlohmann::ordered_json;
using Errors = bayes::RegressionReport;

// Of the intervals in the table; JSON has all.
constexpr std::array kTableLevels{0.5, 0.9, 0.95};

struct RegressionMetric {
  const char* name;  // in the table
  const char* key;   // in JSON
  double Errors::*value;
};
constexpr std::array kRegressionMetrics{
    RegressionMetric{"RMSE", "rmse", &Errors::rmse},
    RegressionMetric{"MAE", "mae", &Errors::mae},
    RegressionMetric{"negative log-likelihood", "nll", &Errors::nll},
    RegressionMetric{"CRPS", "crps", &Errors::crps},
};

const bayes::IntervalReport& interval_at(const Errors& report, double level) {
  return *std::min_element(report.intervals.begin(), report.intervals.end(),
                           [&](const auto& a, const auto& b) {
                             return std::abs(a.level - level) < std::abs(b.level - level);
                           });
}

}  // namespace

std::string regression_tables(const RegressionResult& result) {
  std::vector<MarkdownColumn> columns{{"on the test set"}};
  for (const FamilyRegression& family : result.families) {
    columns.push_back({to_string(family.training.family)});
  }
  std::vector<std::vector<std::string>> rows;
  const auto add = [&](const std::string& name,
                       const std::function<std::string(const FamilyRegression&)>& text) {
    rows.push_back({name});
    for (const FamilyRegression& family : result.families) rows.back().push_back(text(family));
  };
  for (const RegressionMetric& metric : kRegressionMetrics) {
    add(metric.name, [&](const auto& family) { return three_digits(family.report.*metric.value); });
  }
  for (const double level : kTableLevels) {
    const std::string intervals = fmt::format("{:g} % intervals", 100 * level);
    add("coverage of " + intervals,
        [&](const auto& family) { return percent(interval_at(family.report, level).coverage); });
    add("width of " + intervals,
        [&](const auto& family) { return three_digits(interval_at(family.report, level).width); });
  }
  add("mean epistemic deviation",
      [](const auto& family) { return three_digits(family.epistemic_deviation); });
  add("mean aleatoric deviation",
      [](const auto& family) { return three_digits(family.aleatoric_deviation); });
  if (result.families.back().training.chosen) {
    add("negative log-likelihood, epoch chosen on validation rows", [](const auto& family) {
      return fmt::format("{} (epoch {})", three_digits(family.training.chosen->nll()),
                         family.training.chosen_epoch + 1);
    });
  }
  if (result.families.back().gap) {
    add("epistemic deviation in the gap over that on data", [](const auto& family) {
      return family.gap ? three_digits(family.gap->in_gap / family.gap->on_data) : "";
    });
  }
  return data_text(result.data) + markdown_table(columns, rows);
}

std::string regression_json(const Options& options, const RegressionResult& result) {
  Json json = head_json(options, result.data);
  for (const FamilyRegression& family : result.families) {
    Json entry = family_json(options, family.training);
    Json& report = entry["report"];
    report["rows"] = family.report.samples;
    for (const RegressionMetric& metric : kRegressionMetrics)
      report[metric.key] = family.report.*metric.value;
    for (const bayes::IntervalReport& interval : family.report.intervals) {
      report["intervals"].push_back(
          {{"level", interval.level}, {"coverage", interval.coverage}, {"width", interval.width}});
    }
    report["epistemic_deviation"] = family.epistemic_deviation;
    report["aleatoric_deviation"] = family.aleatoric_deviation;
    if (family.gap) {
      entry["gap"] = {{"epistemic_deviation_in_gap", family.gap->in_gap},
                      {"epistemic_deviation_on_data", family.gap->on_data},
                      {"ratio", family.gap->in_gap / family.gap->on_data}};
    }
    json["families"].push_back(std::move(entry));
  }
  return text_of(json);
}

}  // namespace credence::benchmarks
