// Command evaluate: reads the checkpoint, runs the test set through the model and prints the
// scores.
#include "benchmarks/driver/evaluate.hpp"

#include "benchmarks/common/provenance.hpp"
#include "benchmarks/common/results_file.hpp"
#include "benchmarks/driver/complete.hpp"
#include "benchmarks/driver/image_folders.hpp"
#include "benchmarks/driver/images.hpp"
#include "benchmarks/driver/report.hpp"
#include "data/loader.hpp"
#include "framework/base/counted.hpp"
#include "framework/base/error.hpp"
#include "framework/base/markdown.hpp"
#include "framework/core/parallel.hpp"
#include "framework/train/evaluate.hpp"
#include "framework/train/progress_source.hpp"

#include <optional>

#include <fmt/core.h>
#include <nlohmann/json.hpp>

namespace credence::benchmarks {
namespace {

using Json = nlohmann::ordered_json;

data::Dataset test_set(const StoredModelOptions& options, const StoredModel& stored) {
  const std::string name = !options.dataset.empty()  ? options.dataset
                           : !stored.dataset.empty() ? stored.dataset
                                                     : model_named(stored.name).dataset;
  require_folder(name, options.data_dir);
  data::Dataset dataset =
      name == kImageFolder ? read_image_folder(*options.data_dir, data::Split::test,
                                               model_named(stored.name).image, stored.class_names)
                           : find_test_set(name, options.data_dir, stored.seed);
  const Shape& images = dataset.inputs.shape();
  const Shape image{images[1], images[2], images[3]};
  const Shape wanted = model_named(stored.name).image;
  if (image != wanted || dataset.classes != stored.classes) {
    throw ValueError(fmt::format("[evaluate] {} takes images of shape {} in {}; {} has {} in {}",
                                 stored.name, wanted.to_string(),
                                 counted(stored.classes, "class", "classes"), dataset.name,
                                 image.to_string(), dataset.classes));
  }
  return dataset;
}

}  // namespace

void evaluate(const StoredModelOptions& options) {
  prepare(options.computing);
  require_writable(options.json);
  require_other_than(options.json, {options.checkpoint});
  const StoredModel stored = read_stored_model(options);
  const data::Dataset dataset = test_set(options, stored);
  data::Loader test(dataset, {.batch_size = kEvaluationBatch,
                              .transform = {.normalize = stored.normalize},
                              .device = nn::device_of(*stored.model.module)});
  Json json;
  for (const auto& [name, value] : provenance("credence-bench", options.command)) {
    json["program"][name] = value;
  }
  json["checkpoint"] = options.checkpoint.string();
  json["model"] = full_name(stored);
  json["activation"] = stored.model.activation.name();
  json["dataset"] = dataset.name;
  json["images"] = dataset.size();
  std::string text =
      fmt::format("{} ({}) on {} of {}\n\n", full_name(stored), stored.model.activation.name(),
                  counted(dataset.size(), "test image"), dataset.name);
  std::vector<std::vector<std::string>> rows;
  const auto add = [&](const std::string& name, const std::string& key,
                       const train::Metrics& metrics, std::optional<std::int64_t> samples) {
    json[key] = {{"accuracy", metrics.accuracy()}, {"nll", metrics.nll()}};
    if (samples) json[key]["samples"] = *samples;
    rows.push_back({name, percent(metrics.accuracy()), fmt::format("{:.4f}", metrics.nll())});
  };
  const auto score = [&](const std::string& prediction, std::int64_t samples) {
    // The progress names the prediction.
    train::ProgressSource images(test, full_name(stored), "prediction " + prediction);
    return evaluate_family(*stored.model.module, stored.family, images, samples);
  };
  if (stored.family == Family::frequentist) {
    add("of the weights", "weights", score("of the weights", 0), {});
  } else {
    if (options.samples > 0) {
      const std::string averaged = "average of " + counted(options.samples, "posterior sample");
      json["samples"] = options.samples;
      add(averaged, "posterior_samples", score(averaged, options.samples), options.samples);
    }
    add("of the posterior's mean", "posterior_mean", score("of the posterior's mean", 0), 0);
  }
  using enum MarkdownColumn::Align;
  text += markdown_table(
      {{"prediction", none}, {"accuracy", none}, {"negative log-likelihood", none}}, rows);
  print_results(options.json, text, text_of(json));
}

}  // namespace credence::benchmarks
