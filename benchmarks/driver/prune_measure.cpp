// What the command prune measures: accuracy, weights, bytes and time of each model.
#include "bayes/predict.hpp"
#include "bayes/walk.hpp"
#include "benchmarks/common/median.hpp"
#include "benchmarks/common/thread_guard.hpp"
#include "benchmarks/driver/images.hpp"
#include "benchmarks/driver/prune_report.hpp"
#include "data/loader.hpp"
#include "framework/train/progress_source.hpp"

#include <chrono>
#include <utility>

namespace credence::benchmarks {
namespace {

// A model that is timed and scored, in evaluation mode and without noise.
struct Measured {
  PruneRow row;
  nn::Module* model;
};

double seconds_of(nn::Module& model, const Variable& images) {
  const auto begin = std::chrono::steady_clock::now();
  model(images);
  wait_for(nn::device_of(model));
  return std::chrono::duration<double>(std::chrono::steady_clock::now() - begin).count();
}

// The median time of a pass of each model. The models take turns, so that a disturbance does not
// meet one of them alone.
std::vector<double> median_seconds(const std::vector<Measured>& models, const Tensor& images,
                                   int passes) {
  const ThreadGuard one_thread(1);
  const NoGrad no_grad;
  const Variable x(images);
  std::vector<std::vector<double>> seconds(models.size());
  for (const Measured& measured : models) seconds_of(*measured.model, x);  // warm-up
  for (int pass = 0; pass < passes; ++pass) {
    for (std::size_t m = 0; m < models.size(); ++m) {
      seconds[m].push_back(seconds_of(*models[m].model, x));
    }
  }
  std::vector<double> medians;
  for (const std::vector<double>& of_model : seconds) medians.push_back(median(of_model));
  return medians;
}

void measure_time(std::vector<Measured>& models, const StoredModel& stored, std::int64_t batch) {
  constexpr int kPasses = 51;
  const Shape& image = stored.image;
  const Device device = nn::device_of(*stored.model.module);
  const auto images = [&](std::int64_t count) {
    return Tensor::full({count, image[0], image[1], image[2]}, 0.5).to(device);
  };
  const std::vector<double> single = median_seconds(models, images(1), 10 * kPasses);
  const std::vector<double> many = median_seconds(models, images(batch), kPasses);
  for (std::size_t m = 0; m < models.size(); ++m) {
    models[m].row.single_seconds = single[m];
    models[m].row.batch_seconds = many[m] / static_cast<double>(batch);
  }
}

void measure_accuracy(Measured& measured, data::Loader& test, data::Loader* validation) {
  const auto score = [&](data::Loader& loader, const char* images) {
    train::ProgressSource shown(loader, measured.row.name, images);
    return bayes::evaluate(*measured.model, shown, {.samples = 0});
  };
  const train::Metrics metrics = score(test, "test images");
  measured.row.accuracy = metrics.accuracy();
  measured.row.nll = metrics.nll();
  if (validation != nullptr)
    measured.row.validation = score(*validation, "validation images").accuracy();
}

void count(Measured& measured) {
  for (const nn::WeightCount& layer : nn::weight_counts(*measured.model)) {
    measured.row.weights += layer.nonzero();
  }
  measured.row.parameters = nn::parameter_count(*measured.model);
  measured.row.bytes = nn::parameter_bytes(*measured.model);
}

std::vector<Measured> measured_models(const StoredModel& original, const PrunedModels& models) {
  std::vector<Measured> list{
      {{.name = "Bayesian, posterior mean", .key = "bayesian"}, original.model.module.get()},
      {{.name = "pruned, with zeros", .key = "pruned"}, models.pruned.module.get()}};
  if (models.tuned) {
    list.push_back({{.name = "the same, fine-tuned", .key = "tuned"}, models.tuned->module.get()});
  }
  if (models.smaller) {
    list.push_back({{.name = "smaller dense model", .key = "smaller", .widths = models.widths},
                    models.smaller->module.get()});
  }
  return list;
}

}  // namespace

PruneResult measure_pruned(const StoredModel& original, const PrunedModels& models,
                           const data::Dataset& test,
                           const std::optional<TrainingImages>& training) {
  data::Loader test_loader = loader_of(original, test);
  std::optional<data::Loader> validation;
  if (training && !training->split.validation.empty()) {
    validation.emplace(training->images,
                       data::LoaderOptions{.batch_size = kEvaluationBatch,
                                           .transform = {.normalize = original.normalize},
                                           .indices = training->split.validation,
                                           .device = nn::device_of(*original.model.module)});
  }
  std::vector<Measured> measured = measured_models(original, models);
  PruneResult result{.layers = nn::weight_counts(*models.pruned.module),
                     .batch = model_named(original.name).prediction_batch};
  bayes::set_sampling(*original.model.module, bayes::Sampling::mean);
  for (Measured& model : measured) {
    model.model->train(false);
    count(model);
    measure_accuracy(model, test_loader, validation ? &*validation : nullptr);
  }
  measure_time(measured, original, result.batch);
  for (Measured& model : measured) result.rows.push_back(std::move(model.row));
  return result;
}

}  // namespace credence::benchmarks
