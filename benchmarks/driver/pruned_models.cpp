// Pruned models: zeros, training of the weights that are left, and the smaller dense model.
#include "benchmarks/driver/pruned_models.hpp"

#include "bayes/convert.hpp"
#include "benchmarks/driver/trial.hpp"
#include "data/loader.hpp"
#include "framework/nn/kept_zeros.hpp"
#include "framework/train/fit.hpp"

#include <string>
#include <utility>

#include <fmt/core.h>

namespace credence::benchmarks {
namespace {

constexpr std::int64_t kFineTuneBatch = 256;

NamedModel frequentist_like(const StoredModel& stored, std::vector<std::int64_t> widths) {
  NamedModel model = make_model({.name = stored.name,
                                 .classes = stored.classes,
                                 .norm = stored.norm,
                                 .activation = stored.model.activation,
                                 .widths = std::move(widths),
                                 .image = stored.image},
                                Family::frequentist, Generator(stored.seed).split("model"));
  nn::move_to(*model.module, nn::device_of(*stored.model.module));
  return model;
}

// Restores a model's zeros, which the optimiser moves too, after each step.
class ZeroKeeper : public train::Observer {
 public:
  explicit ZeroKeeper(nn::Module& model) : zeros_(model) {}
  std::string name() const override { return "zeros"; }
  void after_step(nn::Module& /*model*/, const train::TrainingPosition& /*position*/) override {
    zeros_.restore();
  }
  // Made anew from the model.
  std::vector<NamedTensor> state() const override { return {}; }
  void restore(const io::SafeTensors& /*state*/) override {}

 private:
  nn::KeptZeros zeros_;
};

std::int64_t epochs_after(const PruneOptions& options, std::int64_t step) {
  return step == options.steps ? options.fine_tune
                               : options.step_epochs.value_or(options.fine_tune);
}

void fine_tune(nn::Module& model, const StoredModel& stored, const PruneOptions& options,
               const TrainingImages& training, std::int64_t step) {
  Generator generator = Generator(stored.seed).split("fine-tune");
  if (step < options.steps) generator = generator.split("step " + std::to_string(step));
  data::Transform transform = training_transform(
      Options{.shift = options.shift, .mirror = options.mirror}, training.images.inputs.shape()[1]);
  transform.normalize = stored.normalize;
  data::Loader loader(training.images, {.batch_size = kFineTuneBatch,
                                        .shuffle = true,
                                        .generator = generator,
                                        .transform = transform,
                                        .indices = training.split.train,
                                        .device = nn::device_of(model)});
  train::fit(model, loader,
             {.epochs = epochs_after(options, step),
              .optimizer = optim::Adam{.learning_rate = options.learning_rate},
              .schedule = optim::cosine(0),
              .observers = {std::make_shared<ZeroKeeper>(model)},
              .label = options.steps > 1 ? fmt::format("fine-tuning {}/{}", step, options.steps)
                                         : "fine-tuning"});
}

// The frequentist model of the stored one's means after fine-tuning. A chain is trained in its
// smaller form, which takes less time, and then has no weights but those that do something.
NamedModel tuned_model(const StoredModel& stored, const PruneOptions& options,
                       const TrainingImages& training, std::int64_t step) {
  NamedModel model = frequentist_like(stored, stored.widths);
  bayes::copy_means(*stored.model.module, *model.module);
  if (model.chain.empty()) {
    fine_tune(*model.module, stored, options, training, step);
    return model;
  }
  const nn::Shrunk shrunk = nn::shrink(*model.module, model.chain);
  const NamedModel smaller = frequentist_like(stored, shrunk.widths);
  nn::load(shrunk, *smaller.module);
  fine_tune(*smaller.module, stored, options, training, step);
  nn::widen(shrunk, *smaller.module, *model.module, model.chain);
  return model;
}

// Prunes the stored model by the whole rule. Between two steps the weights that are left are
// trained and given back as the posterior's means, by which the next step chooses; the deviations
// stay.
void prune_in_steps(const StoredModel& stored, const PruneOptions& options,
                    const std::optional<TrainingImages>& training) {
  nn::Module& posterior = *stored.model.module;
  for (std::int64_t step = 1; step <= options.steps; ++step) {
    bayes::prune(posterior, bayes::rule_of_step(options.rule, posterior, step, options.steps));
    if (step == options.steps || epochs_after(options, step) == 0) continue;
    const NamedModel tuned = tuned_model(stored, options, training.value(), step);
    bayes::copy_weights(*tuned.module, posterior);
  }
}

}  // namespace

PrunedModels make_pruned(const StoredModel& stored, const PruneOptions& options,
                         const std::optional<TrainingImages>& training) {
  prune_in_steps(stored, options, training);
  PrunedModels models{frequentist_like(stored, stored.widths)};
  bayes::copy_means(*stored.model.module, *models.pruned.module);
  if (options.fine_tune > 0) {
    models.tuned = tuned_model(stored, options, training.value(), options.steps);
  }
  const NamedModel& last = models.last();
  if (last.chain.empty()) return models;
  const nn::Shrunk shrunk = nn::shrink(*last.module, last.chain);
  models.widths = shrunk.widths;
  models.smaller = frequentist_like(stored, models.widths);
  nn::load(shrunk, *models.smaller->module);
  return models;
}

}  // namespace credence::benchmarks
