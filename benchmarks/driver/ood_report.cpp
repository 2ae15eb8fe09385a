// Tables and JSON of what a model makes of other images than its own.
#include "benchmarks/driver/ood_report.hpp"

#include "benchmarks/driver/report.hpp"
#include "framework/base/counted.hpp"
#include "framework/base/markdown.hpp"

#include <algorithm>
#include <functional>
#include <numeric>

#include <fmt/core.h>
#include <nlohmann/json.hpp>

namespace credence::benchmarks {
namespace {

using Json = nlohmann::ordered_json;
using Rows = std::vector<std::vector<std::string>>;

double mean_of(const Tensor& values) {
  const std::vector<double> all = values.to_vector<double>();
  return std::accumulate(all.begin(), all.end(), 0.0) / static_cast<double>(all.size());
}

std::string four_digits(double value) { return fmt::format("{:.4f}", value); }

// A row for each model and each of its scores, so that many models fit.
std::string detection_table(const std::vector<NamedOodReports>& models) {
  Rows rows;
  for (const NamedOodReports& model : models) {
    for (const bayes::Detection& found : model.others.front().detection) {
      rows.push_back({model.name + ", " + found.score, four_digits(found.auroc),
                      four_digits(found.aupr), four_digits(found.fpr95)});
    }
  }
  return markdown_table({{"score"}, {"AUROC"}, {"AUPR"}, {"FPR95"}}, rows);
}

std::string level_table(const std::vector<NamedOodReports>& models) {
  using Text = std::function<std::string(const bayes::ClassificationReport&)>;
  struct Measure {
    const char* name;
    Text text;
  };
  const std::vector<Measure> measures{
      {"accuracy", [](const auto& r) { return percent(r.accuracy.value); }},
      {"NLL", [](const auto& r) { return three_digits(r.nll); }},
      {"ECE", [](const auto& r) { return three_digits(r.ece); }},
      {"entropy", [](const auto& r) { return three_digits(r.entropy); }}};
  std::vector<MarkdownColumn> columns{{""}};
  for (std::size_t level = 0; level <= models.front().others.size(); ++level) {
    columns.push_back({fmt::format("level {}", level)});
  }
  Rows rows;
  for (const Measure& measure : measures) {
    for (const NamedOodReports& model : models) {
      std::vector<std::string> row{fmt::format("{}, {}", measure.name, model.name),
                                   measure.text(model.own)};
      for (const OodReport& other : model.others) row.push_back(measure.text(*other.report));
      rows.push_back(std::move(row));
    }
  }
  return markdown_table(columns, rows);
}

std::string detection_by_level_table(const std::vector<NamedOodReports>& models) {
  std::vector<MarkdownColumn> columns{{"AUROC by"}};
  for (const OodReport& other : models.front().others) {
    columns.push_back({fmt::format("level {}", other.level)});
  }
  Rows rows;
  for (const NamedOodReports& model : models) {
    for (const bayes::Detection& score : model.others.front().detection) {
      std::vector<std::string> row{model.name + ", " + score.score};
      for (const OodReport& other : model.others) {
        row.push_back(four_digits(find_detection(other, score.score)->auroc));
      }
      rows.push_back(std::move(row));
    }
  }
  return markdown_table(columns, rows);
}

}  // namespace

const bayes::Detection* find_detection(const OodReport& report, const std::string& score) {
  const auto found = std::find_if(report.detection.begin(), report.detection.end(),
                                  [&](const bayes::Detection& d) { return d.score == score; });
  return found == report.detection.end() ? nullptr : &*found;
}

OodReport ood_report(const bayes::ClassPredictions& own, const bayes::ClassPredictions& other,
                     const std::string& name, int level) {
  OodReport result{.name = name, .level = level, .images = other.samples()};
  for (bayes::DetectionScore& score : bayes::detection_scores(other)) {
    if (score.name == "entropy") result.entropy = mean_of(score.values);
    if (score.name == "mutual information") result.mutual_information = mean_of(score.values);
  }
  if (level > 0) result.report = bayes::classification_report(other);
  result.detection = bayes::detection_report(own, other);
  if (own.log_probabilities.shape()[0] == 1) {
    std::erase_if(result.detection,
                  [](const bayes::Detection& d) { return d.score == "mutual information"; });
  }
  return result;
}

std::string ood_tables(const std::vector<NamedOodReports>& models, const std::string& images) {
  const OodReport& first = models.front().others.front();
  if (first.level == 0) {
    return fmt::format("{} of {} among the test images:\n\n", counted(first.images, "image"),
                       images) +
           detection_table(models) +
           "\nAUPR takes the other images as the positive ones; FPR95 is the share of test images "
           "taken for others where 95 % of the others are found.\n";
  }
  return fmt::format("The test images under {}, level 0 as they are:\n\n", images) +
         level_table(models) + "\nDetection of the corrupted images among the test images:\n\n" +
         detection_by_level_table(models);
}

Json ood_json(const std::vector<OodReport>& reports) {
  Json json = Json::array();
  for (const OodReport& report : reports) {
    Json entry{{"name", report.name}};
    if (report.level > 0) entry["level"] = report.level;
    entry["images"] = report.images;
    entry["entropy"] = report.entropy;
    entry["mutual_information"] = report.mutual_information;
    for (const bayes::Detection& found : report.detection) {
      entry["detection"].push_back({{"score", found.score},
                                    {"auroc", found.auroc},
                                    {"aupr", found.aupr},
                                    {"fpr95", found.fpr95}});
    }
    if (report.report) entry["report"] = report_json(*report.report);
    json.push_back(std::move(entry));
  }
  return json;
}

}  // namespace credence::benchmarks
