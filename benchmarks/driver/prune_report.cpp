// The tables and the JSON of the command prune.
#include "benchmarks/driver/prune_report.hpp"

#include "benchmarks/driver/report.hpp"
#include "framework/base/markdown.hpp"

#include <algorithm>
#include <variant>

#include <fmt/core.h>
#include <fmt/ranges.h>
#include <nlohmann/json.hpp>

namespace credence::benchmarks {
namespace {

using Json = nlohmann::ordered_json;

// "×3.2": how many times less than before.
std::string ratio(double before, double after) {
  return after > 0 ? fmt::format("×{:.1f}", before / after) : std::string("-");
}

struct RuleText {
  std::string operator()(const bayes::LogAlphaAbove& rule) const {
    return fmt::format("log alpha above {:g}", rule.threshold);
  }
  std::string operator()(const bayes::SignalToNoiseBelow& rule) const {
    return fmt::format("signal-to-noise ratio below {:g}", rule.threshold);
  }
  std::string operator()(const bayes::SmallestShare& rule) const {
    return fmt::format("the {:g} % with the smallest signal-to-noise ratio", 100 * rule.share);
  }
  std::string operator()(const bayes::LargestUnits& rule) const {
    return fmt::format("all units but the {} with the largest signal-to-noise ratios",
                       fmt::join(rule.widths, ", "));
  }
};

struct RuleJson {
  Json operator()(const bayes::LogAlphaAbove& rule) const {
    return {{"log_alpha", rule.threshold}};
  }
  Json operator()(const bayes::SignalToNoiseBelow& rule) const { return {{"snr", rule.threshold}}; }
  Json operator()(const bayes::SmallestShare& rule) const { return {{"share", rule.share}}; }
  Json operator()(const bayes::LargestUnits& rule) const { return {{"units", rule.widths}}; }
};

std::string models_table(const PruneResult& result) {
  const PruneRow& before = result.rows.front();
  std::int64_t all = 0;  // weights, zero or not
  for (const nn::WeightCount& layer : result.layers) all += layer.weights;
  std::vector<std::vector<std::string>> rows;
  for (const PruneRow& row : result.rows) {
    rows.push_back({row.name, row.validation ? percent(*row.validation) : "-",
                    percent(row.accuracy), fmt::format("{:.4f}", row.nll),
                    fmt::format("{} ({})", row.weights,
                                ratio(static_cast<double>(all), static_cast<double>(row.weights))),
                    std::to_string(row.parameters), std::to_string(row.bytes),
                    fmt::format("{:.1f} µs ({})", 1e6 * row.single_seconds,
                                ratio(before.single_seconds, row.single_seconds)),
                    fmt::format("{:.1f} µs ({})", 1e6 * row.batch_seconds,
                                ratio(before.batch_seconds, row.batch_seconds))});
  }
  return markdown_table({{"model"},
                         {"validation accuracy"},
                         {"test accuracy"},
                         {"test nll"},
                         {"weights not zero"},
                         {"parameters"},
                         {"bytes"},
                         {"time of one image"},
                         {fmt::format("time per image of {}", result.batch)}},
                        rows);
}

std::string layers_table(const PruneResult& result) {
  std::vector<std::vector<std::string>> rows;
  for (const nn::WeightCount& layer : result.layers) {
    rows.push_back({layer.name, std::to_string(layer.weights), std::to_string(layer.nonzero()),
                    percent(static_cast<double>(layer.zeros) /
                            static_cast<double>(std::max<std::int64_t>(layer.weights, 1))),
                    fmt::format("{} of {}", layer.rows_left, layer.rows)});
  }
  return markdown_table({{"weights"}, {"all"}, {"not zero"}, {"zeros"}, {"outputs with weights"}},
                        rows);
}

}  // namespace

std::string rule_text(const bayes::PruningRule& rule) { return std::visit(RuleText{}, rule); }

std::string prune_tables(const PruneResult& result) {
  std::string text = models_table(result);
  for (const PruneRow& row : result.rows) {
    if (!row.widths.empty()) {
      text += fmt::format("\nwidths of the {}: {}\n", row.name, fmt::join(row.widths, ", "));
    }
  }
  return text + "\nWeights set to zero:\n\n" + layers_table(result);
}

Json prune_json(const PruneOptions& options, const PruneResult& result) {
  Json json{{"rule", std::visit(RuleJson{}, options.rule)},
            {"fine_tune", options.fine_tune},
            {"steps", options.steps},
            {"batch", result.batch}};
  if (options.steps > 1) json["step_epochs"] = options.step_epochs.value_or(options.fine_tune);
  for (const PruneRow& row : result.rows) {
    Json& model = json["models"][row.key];
    if (!row.file.empty()) model["file"] = row.file;
    model["accuracy"] = row.accuracy;
    model["nll"] = row.nll;
    if (row.validation) model["validation_accuracy"] = *row.validation;
    model["weights_nonzero"] = row.weights;
    model["parameters"] = row.parameters;
    model["bytes"] = row.bytes;
    model["seconds_one_image"] = row.single_seconds;
    model["seconds_per_image_of_batch"] = row.batch_seconds;
    if (!row.widths.empty()) model["widths"] = row.widths;
  }
  for (const nn::WeightCount& layer : result.layers) {
    json["layers"].push_back({{"weights", layer.name},
                              {"all", layer.weights},
                              {"zeros", layer.zeros},
                              {"outputs", layer.rows},
                              {"outputs_with_weights", layer.rows_left}});
  }
  return json;
}

}  // namespace credence::benchmarks
