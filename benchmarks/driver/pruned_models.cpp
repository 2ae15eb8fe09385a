// Pruned models: zeros, training of the weights that are left, and the smaller dense model.
#include "benchmarks/driver/pruned_models.hpp"

#include "bayes/convert.hpp"
#include "benchmarks/driver/trial.hpp"
#include "data/loader.hpp"
#include "framework/nn/kept_zeros.hpp"
#include "framework/train/fit.hpp"

#include <utility>

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

void fine_tune(nn::Module& model, const StoredModel& stored, const PruneOptions& options,
               const TrainingImages& training) {
  data::Transform transform =
      training_transform(Recipe::credence, training.images.inputs.shape()[1]);
  transform.normalize = stored.normalize;
  data::Loader loader(training.images, {.batch_size = kFineTuneBatch,
                                        .shuffle = true,
                                        .generator = Generator(stored.seed).split("fine-tune"),
                                        .transform = transform,
                                        .indices = training.split.train,
                                        .device = nn::device_of(model)});
  train::fit(model, loader,
             {.epochs = options.fine_tune,
              .optimizer = optim::Adam{.learning_rate = options.learning_rate},
              .schedule = optim::cosine(0),
              .observers = {std::make_shared<ZeroKeeper>(model)},
              .label = "fine-tuning"});
}

}  // namespace

PrunedModels make_pruned(const StoredModel& stored, const PruneOptions& options,
                         const std::optional<TrainingImages>& training) {
  bayes::prune(*stored.model.module, options.rule);
  PrunedModels models{frequentist_like(stored, stored.widths)};
  bayes::copy_means(*stored.model.module, *models.pruned.module);
  if (options.fine_tune > 0) {
    models.tuned = frequentist_like(stored, stored.widths);
    bayes::copy_means(*stored.model.module, *models.tuned->module);
    fine_tune(*models.tuned->module, stored, options, training.value());
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
