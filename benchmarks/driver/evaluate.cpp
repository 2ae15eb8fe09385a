// Command evaluate: reads the checkpoint, runs the test set through the model and prints what its
// predictions are worth.
#include "benchmarks/driver/evaluate.hpp"

#include "benchmarks/common/draw_option.hpp"
#include "benchmarks/common/provenance.hpp"
#include "benchmarks/common/results_file.hpp"
#include "benchmarks/driver/ood_data.hpp"
#include "benchmarks/driver/ood_report.hpp"
#include "benchmarks/driver/report.hpp"
#include "benchmarks/driver/stored_images.hpp"
#include "benchmarks/driver/tables.hpp"
#include "framework/base/counted.hpp"
#include "framework/base/error.hpp"
#include "framework/base/markdown.hpp"
#include "framework/core/parallel.hpp"
#include "framework/train/progress_source.hpp"

#include <optional>
#include <vector>

#include <fmt/core.h>
#include <nlohmann/json.hpp>

namespace credence::benchmarks {
namespace {

using Json = nlohmann::ordered_json;

// One way to predict with the model.
struct Way {
  std::string name;               // in the table of accuracies and in the progress
  std::string head;               // in the heads of the other tables
  std::string key;                // in JSON
  std::int64_t passes;            // with noise; 0 for none
  bayes::ClassPredictions own{};  // of the test set
};

std::vector<Way> ways_of(const StoredModelOptions& options, const StoredModel& stored) {
  const std::string method = stored.method->name();
  if (method == "deterministic") return {{"of the weights", "weights", "weights", 0}};
  if (method != "variational") {
    const std::string name = fmt::format(
        "{}, {}", method, counted(stored.method->passes(options.samples), "pass", "passes"));
    return {{name, name, "average", options.samples}};
  }
  std::vector<Way> ways;
  if (options.samples > 0) {
    const bool functions = options.draw == bayes::PassDraw::weights;
    ways.push_back(
        {"average of " + counted(options.samples, functions ? "function" : "posterior sample"),
         counted(options.samples, functions ? "function" : "sample"), "posterior_samples",
         options.samples});
  }
  ways.push_back({"of the posterior's mean", "posterior mean", "posterior_mean", 0});
  return ways;
}

// The progress names the way and the images.
bayes::ClassPredictions predict(const StoredModel& stored, const Way& way, data::Loader& loader) {
  train::ProgressSource images(loader, full_name(stored), "prediction " + way.name);
  return bayes::class_predictions(*stored.method, images, {.samples = way.passes});
}

// Of each way, the reports of all sets of images that --ood-data names.
std::vector<NamedOodReports> ood_reports(const StoredModel& stored, const std::vector<Way>& ways,
                                         const std::vector<NamedReport>& own,
                                         const data::Dataset& dataset, const OodData& other) {
  std::vector<NamedOodReports> models;
  for (const NamedReport& report : own) models.push_back({report.name, report.report, {}});
  for (int i = 0; i < other.count(); ++i) {
    const data::Dataset images = other.set(i, dataset, stored.seed);
    data::Loader loader = loader_of(stored, images);
    for (std::size_t w = 0; w < ways.size(); ++w) {
      models[w].others.push_back(ood_report(ways[w].own, predict(stored, ways[w], loader),
                                            images.name, other.corruption ? i + 1 : 0));
    }
  }
  return models;
}

Json head(const StoredModelOptions& options, const StoredModel& stored,
          const data::Dataset& dataset) {
  Json json;
  for (const auto& [name, value] : provenance("credence-bench", options.command)) {
    json["program"][name] = value;
  }
  json["checkpoint"] = options.checkpoint.string();
  json["model"] = full_name(stored);
  json["method"] = stored.method->name();
  json["activation"] = stored.model.activation.name();
  json["dataset"] = dataset.name;
  json[sample_name(dataset) + "s"] = dataset.size();
  if (averages(stored) && options.samples > 0) {
    json["samples"] = options.samples;
    if (stored.method->name() == "variational") json["draw"] = draw_name(options.draw);
  }
  return json;
}

}  // namespace

void evaluate(const StoredModelOptions& options) {
  prepare(options.computing);
  require_writable(options.json);
  require_other_than(options.json, {options.checkpoint});
  if (is_table(options.dataset)) require_other_than(options.json, {options.dataset});
  const StoredModel stored = read_stored_model(options);
  const data::Dataset dataset = test_set("evaluate", options, stored);
  std::optional<OodData> other;
  if (options.ood_data && takes_rows(stored)) {
    throw ValueError("[evaluate] --ood-data is for models of images");
  }
  if (options.ood_data) {
    other = find_ood_data(*options.ood_data, dataset, options.data_dir, stored.seed);
  }
  data::Loader test = loader_of(stored, dataset);
  Json json = head(options, stored, dataset);
  std::vector<Way> ways = ways_of(options, stored);
  std::vector<std::vector<std::string>> rows;
  std::vector<NamedReport> reports;
  for (Way& way : ways) {
    way.own = predict(stored, way, test);
    const train::Metrics metrics = bayes::evaluate(way.own, test);
    json[way.key] = {{"accuracy", metrics.accuracy()}, {"nll", metrics.nll()}};
    if (averages(stored)) json[way.key]["samples"] = way.passes;
    rows.push_back({way.name, percent(metrics.accuracy()), fmt::format("{:.4f}", metrics.nll())});
    reports.push_back({way.head, bayes::classification_report(way.own)});
    json[way.key]["report"] = report_json(reports.back().report);
  }
  using enum MarkdownColumn::Align;
  std::string text =
      fmt::format("{} ({}) on {} of {}\n\n", full_name(stored), stored.model.activation.name(),
                  counted(dataset.size(), "test " + sample_name(dataset)), dataset.name) +
      markdown_table({{"prediction", none}, {"accuracy", none}, {"negative log-likelihood", none}},
                     rows) +
      "\nAll metrics:\n\n" + report_table(reports);
  if (stored.classes <= kMostClassesInTable) {
    text += fmt::format("\nLabels and predictions, {}:\n\n", reports.front().name) +
            confusion_table(reports.front().report, dataset.class_names);
  }
  if (other) {
    const auto models = ood_reports(stored, ways, reports, dataset, *other);
    text += "\n" + ood_tables(models, other->name);
    json["ood_data"] = *options.ood_data;
    for (std::size_t w = 0; w < ways.size(); ++w) {
      json[ways[w].key]["ood"] = ood_json(models[w].others);
    }
  }
  print_results(options.json, text, text_of(json));
}

}  // namespace credence::benchmarks
