#include "benchmarks/evaluate.hpp"

#include "bayes/predict.hpp"
#include "benchmarks/images.hpp"
#include "data/loader.hpp"
#include "data/location.hpp"
#include "framework/core/error.hpp"
#include "framework/core/parallel.hpp"
#include "framework/train/evaluate.hpp"

#include <fmt/core.h>
#include <nlohmann/json.hpp>

namespace credence::benchmarks {
namespace {

constexpr std::int64_t kBatch = 500;

Images images_for(const StoredModelOptions& options, const StoredModel& stored) {
  Options run;
  run.data_dir = options.data_dir;
  run.dataset = !options.dataset.empty()  ? options.dataset
                : !stored.dataset.empty() ? stored.dataset
                : stored.name == "LeNet5" ? "mnist"
                                          : "cifar10";
  // find_images would draw digits in its place.
  if (run.dataset != "synthetic-digits" && !data::find(run.dataset, run.data_dir)) {
    throw Error("[evaluate] no " + run.dataset +
                " is to be found; --data-dir names the folder that has it");
  }
  Images images = find_images(run);
  const Shape& shape = images.test.images.shape();
  const Shape wanted = image_shape_of(stored.name);
  if (Shape{shape[1], shape[2], shape[3]} != wanted || images.test.classes != stored.classes) {
    throw ValueError(
        fmt::format("[evaluate] {} takes images of shape {} in {} classes; {} has {} in {}",
                    stored.name, wanted.to_string(), stored.classes, images.test.name,
                    Shape{shape[1], shape[2], shape[3]}.to_string(), images.test.classes));
  }
  return images;
}

}  // namespace

void evaluate(const StoredModelOptions& options) {
  if (options.threads > 0) set_num_threads(options.threads);
  const StoredModel stored = read_stored_model(options);
  const Images images = images_for(options, stored);
  data::Loader test(images.test, {.batch_size = kBatch});
  nlohmann::ordered_json json{{"checkpoint", options.checkpoint.string()},
                              {"model", full_name(stored)},
                              {"activation", stored.model.activation.name()},
                              {"dataset", images.test.name},
                              {"images", images.test.size()}};
  std::string text =
      fmt::format("{} ({}) on the {} test images of {}\n\n", full_name(stored),
                  stored.model.activation.name(), images.test.size(), images.test.name);
  text += "| prediction | accuracy | negative log-likelihood |\n|---|---|---|\n";
  const auto add = [&](const std::string& name, const std::string& key,
                       const train::Metrics& metrics) {
    json[key] = {{"accuracy", metrics.accuracy}, {"nll", metrics.nll}};
    text += fmt::format("| {} | {:.2f} % | {:.4f} |\n", name, 100 * metrics.accuracy, metrics.nll);
  };
  nn::Module& model = *stored.model.module;
  if (stored.family == Family::frequentist) {
    add("of the weights", "weights", train::evaluate(model, test));
  } else {
    if (options.samples > 0) {
      json["samples"] = options.samples;
      add(fmt::format("average of {} posterior samples", options.samples), "posterior_samples",
          bayes::evaluate(model, test, {.samples = options.samples}));
    }
    add("of the posterior's mean", "posterior_mean", bayes::evaluate(model, test, {.samples = 0}));
  }
  print_results(options, text, json.dump(2) + "\n");
}

}  // namespace credence::benchmarks
