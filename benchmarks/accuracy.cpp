#include "benchmarks/accuracy.hpp"

#include "bayes/elbo.hpp"
#include "bayes/predict.hpp"
#include "data/loader.hpp"
#include "framework/core/error.hpp"
#include "framework/io/checkpoint.hpp"
#include "framework/train/fit.hpp"
#include "zoo/lenet5.hpp"

#include <functional>

namespace credence::benchmarks {
namespace {

constexpr std::int64_t kEvaluationBatch = 500;
// Of the default recipe: pixels, and the share of the steps in which the learning rate rises.
// Without the rise the Bayesian family's accuracy varies by half a percent from seed to seed.
constexpr std::int64_t kShift = 1;
constexpr std::int64_t kWarmUpShare = 5;

using Evaluate = std::function<train::Metrics(data::Loader& source, std::int64_t samples)>;

// The images of one run, dealt once for both families.
struct Parts {
  const Images& images;
  std::vector<std::int64_t> training;
  std::vector<std::int64_t> validation;
};

Parts deal(const Options& options, const Images& images, const Generator& generator) {
  if (options.validation >= images.train.size()) {
    throw ValueError("[acc] " + std::to_string(options.validation) +
                     " images cannot be held back from " + std::to_string(images.train.size()));
  }
  data::IndexSplit split =
      data::split(images.train, options.validation, generator.split("validation"));
  if (options.training_images > static_cast<std::int64_t>(split.train.size())) {
    throw ValueError("[acc] " + std::to_string(options.training_images) +
                     " training images asked for, there are " + std::to_string(split.train.size()));
  }
  if (options.training_images > 0) {
    split.train.resize(static_cast<std::size_t>(options.training_images));
  }
  return {images, std::move(split.train), std::move(split.validation)};
}

data::Loader evaluation_loader(const data::Dataset& dataset,
                               std::optional<std::vector<std::int64_t>> indices = {}) {
  return data::Loader(dataset, {.batch_size = kEvaluationBatch, .indices = std::move(indices)});
}

std::vector<Tensor> copy_parameters(nn::Module& model) {
  std::vector<Tensor> copies;
  for (const nn::NamedParameter& p : nn::parameters(model)) {
    copies.push_back(p.parameter->value().clone());
  }
  return copies;
}

void swap_parameters(nn::Module& model, std::vector<Tensor>& values) {
  const std::vector<nn::NamedParameter> parameters = nn::parameters(model);
  for (std::size_t i = 0; i < parameters.size(); ++i) {
    const Tensor present = parameters[i].parameter->value().clone();
    parameters[i].parameter->value().copy_from(values[i]);
    values[i] = present;
  }
}

FamilyResult train_family(const Options& options, const Parts& parts, nn::Module& model,
                          FamilyResult result, const train::Objective& objective,
                          const Evaluate& evaluate, const Generator& generator) {
  data::Transform transform;
  if (options.recipe == Recipe::credence) {
    transform.random_crop = data::RandomCrop{.padding = kShift};
  }
  data::Loader training(parts.images.train, {.batch_size = options.batch_size,
                                             .shuffle = true,
                                             .generator = generator.split("loader"),
                                             .workers = options.workers,
                                             .transform = transform,
                                             .indices = parts.training});
  data::Loader test = evaluation_loader(parts.images.test);
  std::optional<data::Loader> validation;
  if (!parts.validation.empty()) {
    validation.emplace(parts.images.train, data::LoaderOptions{.batch_size = kEvaluationBatch,
                                                               .indices = parts.validation});
  }
  std::vector<Tensor> chosen;
  const auto after_epoch = [&](const train::EpochReport& report) {
    EpochScores scores{report, {}, evaluate(test, 1)};
    if (validation) {
      scores.validation = evaluate(*validation, 1);
      const std::int64_t best = result.chosen_epoch;
      if (result.epochs.empty() ||
          scores.validation->accuracy >
              result.epochs[static_cast<std::size_t>(best)].validation->accuracy) {
        result.chosen_epoch = report.epoch;
        chosen = copy_parameters(model);
      }
    }
    const auto best_test = static_cast<std::size_t>(result.best_test_epoch);
    if (result.epochs.empty() || scores.test.accuracy > result.epochs[best_test].test.accuracy) {
      result.best_test_epoch = report.epoch;
    }
    result.training_seconds += report.seconds;
    result.epochs.push_back(scores);
  };
  result.parameters = nn::parameter_count(model);
  result.bytes = nn::parameter_bytes(model);
  train::fit(model, training,
             {.epochs = options.epochs,
              .optimizer = optim::Adam{.learning_rate = result.learning_rate},
              .schedule = options.recipe == Recipe::credence
                              ? optim::cosine(training.batches() * options.epochs / kWarmUpShare)
                              : optim::constant(),
              .objective = objective,
              .after_epoch = after_epoch,
              .label = result.family,
              .progress = options.progress});
  result.last = evaluate(test, options.samples);
  if (result.family == "Bayesian") result.last_mean = evaluate(test, 0);
  if (validation) {
    swap_parameters(model, chosen);
    result.chosen = evaluate(test, options.samples);
    swap_parameters(model, chosen);
  }
  return result;
}

void save(const Options& options, const std::string& name, nn::Module& model,
          const FamilyResult& result, const std::string& dataset) {
  if (!options.out) return;
  io::save_checkpoint(*options.out / (name + ".safetensors"), model,
                      {{"model", options.model},
                       {"family", name},
                       {"activation", result.activation},
                       {"dataset", dataset},
                       {"epochs", std::to_string(options.epochs)},
                       {"seed", std::to_string(options.seed)}});
}

}  // namespace

AccuracyResult run_accuracy(const Options& options, const Images& images) {
  const Generator generator(options.seed);
  const Parts parts = deal(options, images, generator);
  AccuracyResult result{images.train.name,
                        images.where,
                        static_cast<std::int64_t>(parts.training.size()),
                        static_cast<std::int64_t>(parts.validation.size()),
                        images.test.size(),
                        {}};
  const zoo::LeNet5Options shape{.channels = 1, .classes = images.train.classes};
  {
    zoo::LeNet5<> model(shape, generator.split("model"));
    FamilyResult start{.family = "frequentist",
                       .activation = model.activation.name(),
                       .learning_rate = options.learning_rates[0]};
    result.families.push_back(train_family(
        options, parts, model, std::move(start), train::cross_entropy,
        [&](data::Loader& source, std::int64_t) { return train::evaluate(model, source); },
        generator.split("frequentist")));
    save(options, "frequentist", model, result.families.back(), result.dataset);
  }
  zoo::BayesianLeNet5 model(shape, generator.split("model"));
  FamilyResult start{.family = "Bayesian",
                     .activation = model.activation.name(),
                     .learning_rate = options.learning_rates[1]};
  result.families.push_back(train_family(
      options, parts, model, std::move(start), bayes::Elbo{.temperature = options.temperature},
      [&](data::Loader& source, std::int64_t samples) {
        return bayes::evaluate(model, source, {.samples = samples});
      },
      generator.split("Bayesian")));
  save(options, "bayesian", model, result.families.back(), result.dataset);
  return result;
}

}  // namespace credence::benchmarks
