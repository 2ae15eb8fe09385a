// Runs images through a model of a run, with progress, until Ctrl-C.
#include "benchmarks/driver/family_predictions.hpp"

#include "benchmarks/driver/stoppable_source.hpp"
#include "data/loader.hpp"
#include "framework/base/counted.hpp"
#include "framework/base/standard_streams.hpp"
#include "framework/train/progress_source.hpp"

#include <chrono>
#include <functional>
#include <utility>

#include <fmt/core.h>

namespace credence::benchmarks {

bayes::ClassPredictions family_predictions(const Options& options, const TrainedModel& trained,
                                           const data::Dataset& dataset, const std::string& what,
                                           std::optional<std::vector<std::int64_t>> indices) {
  nn::Module& model = *trained.model.module;
  const Family family = trained.result.family;
  const std::int64_t passes = family == Family::bayesian ? options.samples : 0;
  data::Loader loader(dataset, {.batch_size = kEvaluationBatch,
                                .indices = std::move(indices),
                                .device = nn::device_of(model)});
  std::string work = fmt::format("predictions for {} {}", loader.samples(), what);
  if (passes > 0) work += fmt::format(", {}", counted(passes, "sample"));
  const std::function<bool()> stop = interruption_requested;
  const auto begin = std::chrono::steady_clock::now();
  try {
    train::ProgressSource shown(loader, to_string(family), work, options.progress);
    StoppableSource images(shown, stop);
    bayes::ClassPredictions predictions =
        bayes::class_predictions(model, images, {.samples = passes});
    if (options.progress) {
      const std::chrono::duration<double> elapsed = std::chrono::steady_clock::now() - begin;
      write_stderr(
          fmt::format("{}  {}  {}\n", to_string(family), work, format_duration(elapsed.count())));
    }
    return predictions;
  } catch (const train::Interrupted&) {
    if (!options.pretrained) throw interrupted(options, family);
    throw train::Interrupted("interrupted; nothing was trained, and nothing saved");
  }
}

}  // namespace credence::benchmarks
