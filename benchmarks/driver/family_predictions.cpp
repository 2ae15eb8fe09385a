// Runs images through a model of a run, with progress, until Ctrl-C.
#include "benchmarks/driver/family_predictions.hpp"

#include "bayes/methods/trained_network.hpp"
#include "benchmarks/driver/ranks.hpp"
#include "benchmarks/driver/stoppable_source.hpp"
#include "benchmarks/driver/trial_state.hpp"
#include "data/loader.hpp"
#include "framework/base/counted.hpp"
#include "framework/base/standard_streams.hpp"
#include "framework/train/progress_source.hpp"

#include <chrono>
#include <filesystem>
#include <functional>
#include <utility>

#include <fmt/core.h>

namespace credence::benchmarks {

namespace {

// How predictions are made and shown.
struct Predicted {
  std::string name;  // of model or method
  std::string what;  // the images
  std::int64_t samples = 0;
  std::int64_t passes = 1;
  std::vector<std::string> trials;  // that the run may go on from; none where it trains nothing
};

bayes::ClassPredictions predict(const Options& options, bayes::Method& method, data::Loader& loader,
                                const Predicted& predicted) {
  std::string work = fmt::format("predictions for {} {}", loader.samples(), predicted.what);
  if (predicted.samples > 0) work += fmt::format(", {}", counted(predicted.passes, "sample"));
  // Of several ranks, one cannot leave the others alone with its part.
  const std::function<bool()> stop = job().alone() ? interruption_requested : nullptr;
  const auto begin = std::chrono::steady_clock::now();
  try {
    train::ProgressSource shown(loader, predicted.name, work, options.progress);
    StoppableSource images(shown, stop);
    bayes::ClassPredictions predictions = bayes::class_predictions(
        method, images, {.samples = predicted.samples, .group = job().group});
    if (options.progress) {
      const std::chrono::duration<double> elapsed = std::chrono::steady_clock::now() - begin;
      write_stderr(
          fmt::format("{}  {}  {}\n", predicted.name, work, format_duration(elapsed.count())));
    }
    return predictions;
  } catch (const train::Interrupted&) {
    for (const std::string& trial : predicted.trials) {
      const auto file = trial_state_file(options, trial);
      if (!file || std::filesystem::exists(*file)) throw interrupted(options, trial);
    }
    throw train::Interrupted("interrupted; nothing was trained, and nothing saved");
  }
}

}  // namespace

bayes::ClassPredictions family_predictions(const Options& options, const TrainedModel& trained,
                                           const data::Dataset& dataset, const std::string& what,
                                           std::optional<std::vector<std::int64_t>> indices) {
  nn::Module& model = *trained.model.module;
  bayes::TrainedNetwork network(model);
  data::Loader loader(dataset, {.batch_size = kEvaluationBatch,
                                .transform = {.normalize = trained.normalize},
                                .indices = std::move(indices),
                                .device = nn::device_of(model)});
  const std::int64_t samples = trained.result.family == Family::bayesian ? options.samples : 0;
  return predict(
      options, network, loader,
      {.name = to_string(trained.result.family),
       .what = what,
       .samples = samples,
       .passes = samples,
       .trials = options.pretrained ? std::vector<std::string>()
                                    : std::vector<std::string>{file_name(trained.result.family)}});
}

bayes::ClassPredictions method_predictions(const Options& options, bayes::Method& method,
                                           const std::string& name, const data::Dataset& dataset,
                                           const std::string& what,
                                           const std::optional<data::Normalize>& normalize) {
  data::Loader loader(dataset, {.batch_size = kEvaluationBatch,
                                .transform = {.normalize = normalize},
                                .device = chosen_device(options.computing.device)});
  return predict(options, method, loader,
                 {.name = name,
                  .what = what,
                  .samples = options.samples,
                  .passes = method.passes(options.samples),
                  .trials = trials_of(options)});
}

}  // namespace credence::benchmarks
