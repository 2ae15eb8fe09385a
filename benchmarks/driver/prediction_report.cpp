// Tables and JSON of classification reports.
#include "benchmarks/driver/prediction_report.hpp"

#include "benchmarks/driver/images.hpp"
#include "benchmarks/driver/report.hpp"
#include "framework/base/markdown.hpp"

#include <array>
#include <cmath>
#include <functional>

#include <fmt/core.h>
#include <nlohmann/json.hpp>

namespace credence::benchmarks {
namespace {

using Json = nlohmann::ordered_json;
using Classification = bayes::ClassificationReport;

// At which the risk of selective prediction is reported.
constexpr std::array kCoverages{0.8, 0.9, 0.95};

struct Metric {
  const char* name;  // in tables
  const char* key;   // in JSON
  double Classification::*value;
};
constexpr std::array kMetrics{
    Metric{"negative log-likelihood", "nll", &Classification::nll},
    Metric{"Brier score", "brier", &Classification::brier},
    Metric{"ECE, 15 bins of equal width", "ece", &Classification::ece},
    Metric{"ECE, 15 bins of equal mass", "adaptive_ece", &Classification::adaptive_ece},
    Metric{"ECE, classwise", "classwise_ece", &Classification::classwise_ece},
    Metric{"MCE", "mce", &Classification::mce},
    Metric{"entropy", "entropy", &Classification::entropy},
    Metric{"mutual information", "mutual_information", &Classification::mutual_information},
    Metric{"epistemic uncertainty", "epistemic", &Classification::epistemic},
    Metric{"aleatoric uncertainty", "aleatoric", &Classification::aleatoric},
    Metric{"AURC", "aurc", &Classification::aurc},
};

}  // namespace

std::string accuracy_text(const Classification& report) {
  return fmt::format("{:.2f} ± {:.2f} %", 100 * report.accuracy.value,
                     100 * report.accuracy.standard_error);
}

std::string three_digits(double value) { return fmt::format("{:#.3g}", value); }

std::string report_table(const std::vector<NamedReport>& reports) {
  std::vector<MarkdownColumn> columns{{"metric"}};
  for (const NamedReport& named : reports) columns.push_back({named.name});
  std::vector<std::vector<std::string>> rows;
  const auto add = [&](const std::string& name,
                       const std::function<std::string(const Classification&)>& text) {
    std::vector<std::string> row{name};
    for (const NamedReport& named : reports) row.push_back(text(named.report));
    rows.push_back(std::move(row));
  };
  add("accuracy", accuracy_text);
  for (const Metric& metric : kMetrics) {
    add(metric.name,
        [&](const Classification& report) { return three_digits(report.*metric.value); });
  }
  for (const double coverage : kCoverages) {
    add(fmt::format("error at coverage {:g}", coverage), [&](const Classification& report) {
      return percent(bayes::metrics::risk_at_coverage(report.risk_coverage, coverage));
    });
  }
  return markdown_table(columns, rows);
}

std::string confusion_table(const Classification& report,
                            const std::vector<std::string>& class_names) {
  const std::int64_t classes = report.confusion.shape()[0];
  const auto* const counts = report.confusion.data<std::int64_t>();
  using enum MarkdownColumn::Align;
  std::vector<MarkdownColumn> columns{{"label", left, 1}};
  for (std::int64_t c = 0; c < classes; ++c) {
    columns.push_back({class_name(class_names, c), right, 1});
  }
  columns.push_back({"accuracy", right});
  std::vector<std::vector<std::string>> rows;
  for (std::int64_t label = 0; label < classes; ++label) {
    std::vector<std::string> row{class_name(class_names, label)};
    for (std::int64_t c = 0; c < classes; ++c) {
      const std::int64_t count = counts[label * classes + c];
      row.push_back(count > 0 ? std::to_string(count) : "");
    }
    const double accuracy = report.per_class_accuracy.data<double>()[label];
    row.push_back(std::isnan(accuracy) ? "" : percent(accuracy));
    rows.push_back(std::move(row));
  }
  return markdown_table(columns, rows);
}

Json reliability_json(const std::vector<bayes::metrics::ReliabilityBin>& bins) {
  Json json = Json::array();
  for (const bayes::metrics::ReliabilityBin& bin : bins) {
    json.push_back({{"lower", bin.lower},
                    {"upper", bin.upper},
                    {"images", bin.count},
                    {"confidence", bin.confidence},
                    {"accuracy", bin.accuracy}});
  }
  return json;
}

Json report_json(const Classification& report) {
  Json json{{"images", report.samples},
            {"accuracy", report.accuracy.value},
            {"accuracy_standard_error", report.accuracy.standard_error}};
  for (const Metric& metric : kMetrics) json[metric.key] = report.*metric.value;
  for (const double coverage : kCoverages) {
    json["risk_at_coverage"].push_back(
        {{"coverage", coverage},
         {"risk", bayes::metrics::risk_at_coverage(report.risk_coverage, coverage)}});
  }
  json["reliability"] = reliability_json(report.reliability);
  json["per_class_accuracy"] = report.per_class_accuracy.to_vector<double>();
  const std::int64_t classes = report.confusion.shape()[0];
  for (std::int64_t label = 0; label < classes; ++label) {
    json["confusion"].push_back(report.confusion.slice(label, label + 1).to_vector<std::int64_t>());
  }
  return json;
}

}  // namespace credence::benchmarks
