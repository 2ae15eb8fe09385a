// Task calib: its tables and its JSON.
#include "benchmarks/driver/calibration.hpp"
#include "benchmarks/driver/prediction_report.hpp"
#include "benchmarks/driver/report.hpp"
#include "framework/base/counted.hpp"
#include "framework/base/markdown.hpp"

#include <functional>

#include <fmt/core.h>
#include <nlohmann/json.hpp>

namespace credence::benchmarks {
namespace {

using Json = nlohmann::ordered_json;
using Rows = std::vector<std::vector<std::string>>;
using bayes::metrics::ConformalScore;

std::string text_of_score(ConformalScore score) {
  switch (score) {
    case ConformalScore::lac:
      return "LAC";
    case ConformalScore::aps:
      return "APS";
    case ConformalScore::randomized_aps:
      return "randomised APS";
  }
  return "";
}

const char* key_of_score(ConformalScore score) {
  switch (score) {
    case ConformalScore::lac:
      return "lac";
    case ConformalScore::aps:
      return "aps";
    case ConformalScore::randomized_aps:
      return "randomized_aps";
  }
  return "";
}

std::string temperature_table(const CalibrationResult& result) {
  std::vector<MarkdownColumn> columns{{"temperature scaling"}};
  for (const FamilyCalibration& family : result.families) {
    columns.push_back({to_string(family.training.family)});
  }
  Rows rows;
  const auto add = [&](const std::string& name,
                       const std::function<std::string(const TemperatureScaling&)>& text) {
    rows.push_back({name});
    for (const FamilyCalibration& family : result.families) {
      rows.back().push_back(text(family.temperature));
    }
  };
  const auto add_scores = [&](const std::string& name, double CalibrationScores::*score) {
    add(name + " before", [&](const auto& t) { return three_digits(t.before.*score); });
    add(name + " after",
        [&](const auto& t) { return t.fitted ? three_digits(t.after.*score) : ""; });
  };
  add("temperature fitted",
      [](const auto& t) { return t.fitted ? fmt::format("{:.3f}", t.fitted->value) : "none"; });
  add("likelihood ratio to 1", [](const auto& t) {
    return t.fitted ? fmt::format("{:.2f}", t.fitted->likelihood_ratio) : "";
  });
  add("temperature used",
      [](const auto& t) { return t.fitted ? fmt::format("{:.3f}", t.used()) : ""; });
  add_scores("negative log-likelihood", &CalibrationScores::nll);
  add_scores("Brier score", &CalibrationScores::brier);
  add_scores("ECE", &CalibrationScores::ece);
  std::string text = markdown_table(columns, rows);
  for (const FamilyCalibration& family : result.families) {
    if (family.temperature.fitted) continue;
    text += fmt::format("\nNo temperature is the best one for the {} model: {}\n",
                        to_string(family.training.family), family.temperature.reason);
  }
  return text;
}

std::string conformal_table(const CalibrationResult& result) {
  std::vector<MarkdownColumn> columns{{"conformal sets"}, {"asked for"}};
  for (const FamilyCalibration& family : result.families) {
    const std::string name = to_string(family.training.family);
    columns.insert(columns.end(),
                   {{name + " coverage"}, {name + " size"}, {name + " empty"}, {name + " halves"}});
  }
  Rows rows;
  for (std::size_t i = 0; i < result.families.front().sets.size(); ++i) {
    const ConformalSets& first = result.families.front().sets[i];
    rows.push_back({text_of_score(first.score), fmt::format("{:g} %", 100 * first.level)});
    for (const FamilyCalibration& family : result.families) {
      const bayes::metrics::SetSummary& test = family.sets[i].test;
      rows.back().push_back(percent(test.coverage));
      rows.back().push_back(fmt::format("{:.3f}", test.mean_size));
      rows.back().push_back(percent(test.empty));
      rows.back().push_back(percent(family.sets[i].coverage_of_halves));
    }
  }
  return markdown_table(columns, rows);
}

Json scores_json(const CalibrationScores& scores) {
  return {{"nll", scores.nll},
          {"brier", scores.brier},
          {"ece", scores.ece},
          {"reliability", reliability_json(scores.reliability)}};
}

Json temperature_json(const TemperatureScaling& scaling) {
  Json json;
  json["temperature"] = scaling.fitted ? Json(scaling.fitted->value) : Json();
  if (!scaling.fitted) json["reason"] = scaling.reason;
  if (scaling.fitted) {
    json["validation_nll_before"] = scaling.fitted->nll_before;
    json["validation_nll_after"] = scaling.fitted->nll;
    json["likelihood_ratio"] = scaling.fitted->likelihood_ratio;
    json["temperature_used"] = scaling.used();
  }
  json["before"] = scores_json(scaling.before);
  if (scaling.fitted) json["after"] = scores_json(scaling.after);
  return json;
}

// A threshold may be infinite, which is null in JSON.
Json conformal_json(const std::vector<ConformalSets>& all) {
  Json json = Json::array();
  for (const ConformalSets& sets : all) {
    json.push_back({{"score", key_of_score(sets.score)},
                    {"level", sets.level},
                    {"threshold", sets.threshold},
                    {"coverage", sets.test.coverage},
                    {"mean_size", sets.test.mean_size},
                    {"empty", sets.test.empty},
                    {"coverage_of_halves", sets.coverage_of_halves}});
  }
  return json;
}

}  // namespace

std::string calibration_tables(const CalibrationResult& result) {
  std::vector<NamedReport> reports;
  for (const FamilyCalibration& family : result.families) {
    reports.push_back({to_string(family.training.family), family.report});
  }
  const std::string validation = counted(result.data.validation_samples, "validation image");
  return data_text(result.data) + report_table(reports) +
         fmt::format(
             "\nFitted on {}, measured on the test set; the temperature used is 1 where the "
             "likelihood ratio is at most {:.2f} (95 % of \u03c7\u00b2):\n\n",
             validation, bayes::metrics::kChiSquared95) +
         temperature_table(result) +
         fmt::format(
             "\nCalibrated on {}, measured on the test set; size is the mean number of "
             "classes in a set, halves the coverage where a half of the test set calibrates:\n\n",
             validation) +
         conformal_table(result);
}

std::string calibration_json(const Options& options, const CalibrationResult& result) {
  Json json = head_json(options, result.data);
  for (const FamilyCalibration& family : result.families) {
    Json entry = family_json(options, family.training);
    entry["report"] = report_json(family.report);
    entry["temperature_scaling"] = temperature_json(family.temperature);
    entry["conformal"] = conformal_json(family.sets);
    json["families"].push_back(std::move(entry));
  }
  return text_of(json);
}

}  // namespace credence::benchmarks
