#include "benchmarks/trial.hpp"

#include "bayes/elbo.hpp"
#include "bayes/predict.hpp"
#include "data/loader.hpp"
#include "framework/core/error.hpp"
#include "framework/io/checkpoint.hpp"
#include "framework/train/fit.hpp"

#include <utility>

namespace credence::benchmarks {
namespace {

constexpr std::int64_t kEvaluationBatch = 500;
// Of the default recipe: the share of the steps in which the learning rate rises. Without that the
// Bayesian family's accuracy varies by half a percent from seed to seed.
constexpr std::int64_t kWarmUpShare = 5;

// Digits are shifted a little by the default recipe alone; photographs are shifted and mirrored by
// both.
data::Transform transform_for(Recipe recipe, std::int64_t channels) {
  data::Transform transform;
  if (channels == 3) {
    transform.horizontal_flip = data::HorizontalFlip{};
    transform.random_crop = data::RandomCrop{.padding = 4};
  } else if (recipe == Recipe::credence) {
    transform.random_crop = data::RandomCrop{.padding = 1};
  }
  return transform;
}

void require_image_shape(const std::string& model, const data::Dataset& dataset) {
  const Shape wanted = image_shape_of(model);
  const Shape& images = dataset.images.shape();
  if (Shape{images[1], images[2], images[3]} == wanted) return;
  throw ValueError("[images] " + model + " takes images of shape " + wanted.to_string() +
                   ", those of " + dataset.name + " are " + images.to_string());
}

data::Loader test_loader(const Parts& parts) {
  return data::Loader(parts.images.test, {.batch_size = kEvaluationBatch});
}

train::Metrics evaluate_family(nn::Module& model, Family family, data::Loader& source,
                               std::int64_t samples) {
  return family == Family::bayesian ? bayes::evaluate(model, source, {.samples = samples})
                                    : train::evaluate(model, source);
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

}  // namespace

FamilyResult run_trial(const Options& options, const Parts& parts, const NamedModel& named,
                       const Trial& trial) {
  nn::Module& model = *named.module;
  const bool bayesian = trial.family == Family::bayesian;
  FamilyResult result{.family = to_string(trial.family),
                      .activation = named.activation.name(),
                      .learning_rate = trial.learning_rate};
  const Generator generator = Generator(options.seed).split(to_string(trial.family));
  const auto evaluate = [&](data::Loader& source, std::int64_t samples) {
    return evaluate_family(model, trial.family, source, samples);
  };
  data::Loader training(
      parts.images.train,
      {.batch_size = options.batch_size,
       .shuffle = true,
       .generator = generator.split("loader"),
       .workers = options.workers,
       .transform = transform_for(options.recipe, parts.images.train.images.shape()[1]),
       .indices = parts.training});
  data::Loader test = test_loader(parts);
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
  train::fit(
      model, training,
      {.epochs = trial.epochs,
       .optimizer = optim::Adam{.learning_rate = result.learning_rate},
       .schedule = options.recipe == Recipe::credence
                       ? optim::cosine(training.batches() * trial.epochs / kWarmUpShare)
                       : optim::constant(),
       .objective = bayesian ? train::Objective(bayes::Elbo{.temperature = options.temperature})
                             : train::cross_entropy,
       .after_epoch = after_epoch,
       .label = result.family,
       .progress = options.progress});
  result.last = evaluate(test, options.samples);
  if (bayesian) result.last_mean = evaluate(test, 0);
  if (validation) {
    swap_parameters(model, chosen);
    result.chosen = evaluate(test, options.samples);
    swap_parameters(model, chosen);
  }
  return result;
}

NamedModel make_model(const Options& options, const Parts& parts, Family family,
                      const std::optional<nn::Activation>& activation) {
  return make_model({.name = options.model,
                     .classes = parts.images.train.classes,
                     .batch_norm = options.batch_norm,
                     .activation = activation},
                    family, Generator(options.seed).split("model"));
}

Parts deal(const Options& options, const Images& images) {
  require_image_shape(options.model, images.train);
  const Generator generator(options.seed);
  if (options.validation >= images.train.size()) {
    throw ValueError("[images] " + std::to_string(options.validation) +
                     " images cannot be held back from " + std::to_string(images.train.size()));
  }
  data::IndexSplit split =
      data::split(images.train, options.validation, generator.split("validation"));
  if (options.training_images > static_cast<std::int64_t>(split.train.size())) {
    throw ValueError("[images] " + std::to_string(options.training_images) +
                     " training images asked for, there are " + std::to_string(split.train.size()));
  }
  if (options.training_images > 0) {
    split.train.resize(static_cast<std::size_t>(options.training_images));
  }
  return {images, std::move(split.train), std::move(split.validation)};
}

train::Metrics test_metrics(const Parts& parts, const NamedModel& model, Family family,
                            std::int64_t samples) {
  data::Loader test = test_loader(parts);
  return evaluate_family(*model.module, family, test, samples);
}

void save_model(const Options& options, const std::string& name, const NamedModel& model,
                Family family, const Parts& parts) {
  if (!options.out) return;
  io::save_checkpoint(*options.out / (name + ".safetensors"), *model.module,
                      {{"model", options.model},
                       {"family", family == Family::bayesian ? "bayesian" : "frequentist"},
                       {"activation", model.activation.name()},
                       {"dataset", parts.images.train.name},
                       {"epochs", std::to_string(options.epochs)},
                       {"seed", std::to_string(options.seed)}});
}

}  // namespace credence::benchmarks
