// Task compare: its tables, its JSON and its figure.
#include "benchmarks/common/chart.hpp"
#include "benchmarks/driver/compare.hpp"
#include "benchmarks/driver/comparison.hpp"
#include "benchmarks/driver/report.hpp"
#include "framework/base/markdown.hpp"

#include <algorithm>
#include <functional>

#include <fmt/core.h>
#include <nlohmann/json.hpp>

namespace credence::benchmarks {
namespace {

using Json = nlohmann::ordered_json;

// By which tables and figures show detection: every method has it.
constexpr const char* kScore = "entropy";

// What costs are relative to; null where it is not among the methods.
const MethodResult* reference_of(const ComparisonResult& result) {
  const auto found =
      std::find_if(result.methods.begin(), result.methods.end(),
                   [](const MethodResult& method) { return method.name == "deterministic"; });
  return found == result.methods.end() ? nullptr : &*found;
}

double auroc_of(const MethodResult& method) {
  return find_detection(method.others.back(), kScore)->auroc;
}

std::string cost(double seconds, const double* reference) {
  if (reference == nullptr || *reference <= 0) return fmt::format("{:.1f} s", seconds);
  return fmt::format("{:.1f} s ({:.2f}×)", seconds, seconds / *reference);
}

std::string size_text(std::size_t bytes) {
  return fmt::format("{:.2f} MiB", static_cast<double>(bytes) / 1048576);
}

using Cells = std::function<std::string(const MethodResult&)>;

std::string method_table(const ComparisonResult& result) {
  const MethodResult* const reference = reference_of(result);
  const double* const training = reference ? &reference->training_seconds : nullptr;
  const double* const prediction = reference ? &reference->prediction_seconds : nullptr;
  std::vector<std::pair<std::string, Cells>> columns{
      {"method", [](const auto& m) { return m.name; }},
      {"passes", [](const auto& m) { return std::to_string(m.passes); }},
      {"accuracy", [](const auto& m) { return accuracy_text(m.report); }},
      {"NLL", [](const auto& m) { return three_digits(m.report.nll); }},
      {"ECE", [](const auto& m) { return three_digits(m.report.ece); }},
      {"Brier", [](const auto& m) { return three_digits(m.report.brier); }}};
  if (!result.other.empty()) {
    columns.emplace_back("AUROC", [](const auto& m) { return fmt::format("{:.4f}", auroc_of(m)); });
  }
  columns.emplace_back("training",
                       [=](const auto& m) { return cost(m.training_seconds, training); });
  columns.emplace_back("prediction",
                       [=](const auto& m) { return cost(m.prediction_seconds, prediction); });
  columns.emplace_back("size", [](const auto& m) { return size_text(m.bytes); });
  std::vector<MarkdownColumn> heads;
  for (const auto& [head, cell] : columns) heads.push_back({head});
  std::vector<std::vector<std::string>> rows;
  for (const MethodResult& method : result.methods) {
    std::vector<std::string> row;
    for (const auto& [head, cell] : columns) row.push_back(cell(method));
    rows.push_back(std::move(row));
  }
  return markdown_table(heads, rows);
}

chart::Panel panel_of(const ComparisonResult& result, const std::string& label,
                      const std::function<double(const MethodResult&)>& value) {
  const MethodResult* const reference = reference_of(result);
  const bool relative = reference != nullptr && reference->training_seconds > 0;
  chart::Panel panel{.x = {.label = relative ? "cost of training, relative to deterministic"
                                             : "cost of training in seconds"},
                     .y = {.label = label}};
  double highest = 1e-9;  // where no method was trained
  for (const MethodResult& method : result.methods) {
    const double cost = method.training_seconds / (relative ? reference->training_seconds : 1);
    panel.series.push_back(chart::Points{
        .name = method.name, .points = {{cost, value(method)}}, .line = false, .dots = true});
    highest = std::max(highest, cost);
  }
  panel.x.range = std::pair(0.0, 1.1 * highest);
  return panel;
}

}  // namespace

std::string comparison_tables(const ComparisonResult& result) {
  std::string text = data_text(result.data) + method_table(result) +
                     "\nECE has 15 bins of equal width. Size is that of all tensors that the "
                     "predictions need.\n";
  if (result.other.empty()) return text;
  std::vector<NamedOodReports> others;
  for (const MethodResult& method : result.methods) {
    others.push_back({method.name, method.report, method.others});
  }
  return text + "AUROC is that by entropy.\n\n" + ood_tables(others, result.other);
}

std::string comparison_json(const Options& options, const ComparisonResult& result) {
  Json json = head_json(options, result.data);
  for (const MethodResult& method : result.methods) {
    Json entry{{"method", method.name},
               {"passes", method.passes},
               {"bytes", method.bytes},
               {"training_seconds", method.training_seconds},
               {"prediction_seconds", method.prediction_seconds},
               {"report", report_json(method.report)}};
    if (!method.others.empty()) entry["ood"] = ood_json(method.others);
    json["methods"].push_back(std::move(entry));
  }
  return text_of(json);
}

void draw_comparison(const std::string& title, const ComparisonResult& result,
                     const std::filesystem::path& stem) {
  chart::Chart figure{.title = title};
  figure.panels.push_back(panel_of(result, "negative log-likelihood",
                                   [](const MethodResult& method) { return method.report.nll; }));
  figure.panels.push_back(result.other.empty()
                              ? panel_of(result, "ECE", [](const auto& m) { return m.report.ece; })
                              : panel_of(result, "AUROC, " + result.other, auroc_of));
  chart::draw(figure, stem);
}

}  // namespace credence::benchmarks
