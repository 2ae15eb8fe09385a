#include "benchmarks/driver/evaluate.hpp"

#include "bayes/predict.hpp"
#include "benchmarks/common/provenance.hpp"
#include "benchmarks/common/results_file.hpp"
#include "benchmarks/driver/complete.hpp"
#include "benchmarks/driver/image_folders.hpp"
#include "benchmarks/driver/images.hpp"
#include "data/loader.hpp"
#include "framework/base/counted.hpp"
#include "framework/base/error.hpp"
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
  const Shape& images = dataset.images.shape();
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
  text += "| prediction | accuracy | negative log-likelihood |\n|---|---|---|\n";
  const auto add = [&](const std::string& name, const std::string& key,
                       const train::Metrics& metrics, std::optional<std::int64_t> samples) {
    json[key] = {{"accuracy", metrics.accuracy}, {"nll", metrics.nll}};
    if (samples) json[key]["samples"] = *samples;
    text += fmt::format("| {} | {:.2f} % | {:.4f} |\n", name, 100 * metrics.accuracy, metrics.nll);
  };
  // The test images for the prediction that the progress names.
  const auto images_for = [&](const std::string& prediction) {
    return train::ProgressSource(test, full_name(stored), "prediction " + prediction);
  };
  nn::Module& model = *stored.model.module;
  if (stored.family == Family::frequentist) {
    auto images = images_for("of the weights");
    add("of the weights", "weights", train::evaluate(model, images), {});
  } else {
    if (options.samples > 0) {
      const std::string averaged = "average of " + counted(options.samples, "posterior sample");
      auto images = images_for(averaged);
      json["samples"] = options.samples;
      add(averaged, "posterior_samples",
          bayes::evaluate(model, images, {.samples = options.samples}), options.samples);
    }
    auto images = images_for("of the posterior's mean");
    add("of the posterior's mean", "posterior_mean", bayes::evaluate(model, images, {.samples = 0}),
        0);
  }
  // The file's name may be any bytes.
  print_results(options.json, text,
                json.dump(2, ' ', false, Json::error_handler_t::replace) + "\n");
}

}  // namespace credence::benchmarks
