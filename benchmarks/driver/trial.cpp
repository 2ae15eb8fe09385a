// A training run with its scores: after each epoch, and of the trained model at the end.
#include "benchmarks/driver/trial.hpp"

#include "bayes/elbo.hpp"
#include "benchmarks/driver/ranks.hpp"
#include "benchmarks/driver/scoring.hpp"
#include "benchmarks/driver/stoppable_source.hpp"
#include "benchmarks/driver/trial_logs.hpp"
#include "benchmarks/driver/trial_state.hpp"
#include "data/loader.hpp"
#include "framework/base/counted.hpp"
#include "framework/base/error.hpp"
#include "framework/base/standard_streams.hpp"
#include "framework/core/storage.hpp"
#include "framework/device/backend.hpp"
#include "framework/nn/normalization.hpp"
#include "framework/train/batch_norm.hpp"
#include "framework/train/progress_source.hpp"
#include "framework/train/weight_average.hpp"

#include <algorithm>
#include <chrono>
#include <memory>
#include <utility>

#include <fmt/core.h>

namespace credence::benchmarks {
namespace {

// Of the default recipe: the share of the steps in which the learning rate rises. Without that the
// Bayesian family's accuracy varies by half a percent from seed to seed.
constexpr std::int64_t kWarmUpShare = 5;
// Where its weights are averaged: the learning rate at the end, in units of the highest. An average
// over steps that hardly move is that of the last one.
constexpr double kAverageRate = 0.2;

// The numbers that a prediction depends on, in the model's own memory.
std::vector<Tensor> tensors_of(nn::Module& model) {
  std::vector<Tensor> tensors;
  for (const nn::NamedParameter& p : nn::parameters(model)) {
    tensors.push_back(p.parameter->value());
  }
  for (const nn::NamedBuffer& b : nn::buffers(model)) tensors.push_back(*b.buffer);
  return tensors;
}

std::vector<Tensor> copies_of(const std::vector<Tensor>& tensors) {
  std::vector<Tensor> copies;
  for (const Tensor& tensor : tensors) copies.push_back(tensor.clone());
  return copies;
}

void copy(const std::vector<Tensor>& from, const std::vector<Tensor>& to) {
  for (std::size_t i = 0; i < to.size(); ++i) to[i].copy_from(from[i]);
}

// The first of the epochs with the best scores.
std::int64_t best_epoch(const Scoring& scoring, const std::vector<train::EpochReport>& epochs,
                        std::optional<train::Metrics> train::EpochReport::*scores) {
  const auto best = std::max_element(epochs.begin(), epochs.end(),
                                     [&](const train::EpochReport& a, const train::EpochReport& b) {
                                       return scoring.better(*(b.*scores), *(a.*scores));
                                     });
  return best - epochs.begin();
}

// What happens to the training samples.
data::Transform transform_of(const Options& options, const Parts& parts) {
  const data::Dataset& dataset = parts.sets.train;
  if (!dataset.has_images()) return {};
  data::Transform transform = training_transform(options, dataset.inputs.shape()[1]);
  transform.normalize = parts.normalize;
  return transform;
}

// Throws FileError where what the trial keeps for itself is incomplete.
void require_complete(const std::filesystem::path& file, const TrialState& state,
                      std::size_t tensors, std::size_t final_scores, bool validation) {
  const bool scores_fit =
      state.epochs.empty() || state.epochs.front().validation.has_value() == validation;
  const std::size_t chosen = state.epochs.empty() || !validation ? 0 : tensors;
  const bool final_fit = state.final_scores.empty() || state.final_scores.size() == final_scores;
  if (!scores_fit || state.chosen.size() != chosen || !final_fit) {
    throw FileError(file.string(), "lacks scores, or the model that was chosen by them");
  }
}

// Steps and evaluations ask for blocks of different sizes: cached from both, they would add up. A
// CUDA device has more memory than that, and would wait for its release.
class OwnMemory {
 public:
  OwnMemory() { release_cached_memory(Device::cpu); }
  ~OwnMemory() { release_cached_memory(Device::cpu); }
  OwnMemory(const OwnMemory&) = delete;
  OwnMemory& operator=(const OwnMemory&) = delete;
};

// On the device, if the inputs take no more than half of what is free there.
Device home_of(const data::Dataset& dataset, Device device) {
  const bool fits = device == Device::cpu || dataset.inputs.device() == device ||
                    dataset.inputs.bytes() < device::backend().free_memory() / 2;
  return fits ? device : Device::cpu;
}

// The name of its state file.
std::string file_of(const Trial& trial) {
  return trial.name.empty() ? file_name(trial.family) : trial.name;
}

// Ranks above 0 read the states of rank 0.
std::optional<train::StateFiles> state_files_of(const Options& options, const std::string& trial) {
  if (options.out || !job().state_folder) return trial_state_files(options, trial);
  Options with_folder = options;
  with_folder.out = job().state_folder;
  return trial_state_files(with_folder, trial);
}

// An evaluation of several ranks cannot end on one of them: they stop at the next step.
const std::function<bool()>& stop_of_evaluation(const Trial& trial) {
  static const std::function<bool()> never;
  return job().alone() ? trial.stop : never;
}

class TrialRun {
 public:
  TrialRun(const Options& options, const Parts& parts, const NamedModel& named, const Trial& trial)
      : options_(options),
        trial_(trial),
        named_(named),
        bayesian_(trial.family == Family::bayesian),
        label_(trial.name.empty() ? to_string(trial.family) : trial.name),
        scoring_(scoring_of(parts.sets.train)),
        sample_(sample_name(parts.sets.train)),
        training_(training_loader(options, parts, trial)),
        test_(parts.sets.test, {.batch_size = kEvaluationBatch,
                                .transform = {.normalize = parts.normalize},
                                .device = home_of(parts.sets.test, nn::device_of(*named.module))}),
        files_(state_files_of(options, file_of(trial))),
        settings_(files_ ? trial_settings(options, parts, named, trial) : RunSettings()),
        logs_(options, file_of(trial), bayesian_) {
    if (parts.validation.empty()) return;
    validation_.emplace(
        training_.dataset(),
        data::LoaderOptions{.batch_size = kEvaluationBatch,
                            .transform = {.normalize = parts.normalize},
                            .indices = parts.validation,
                            .device = home_of(training_.dataset(), nn::device_of(*named.module))});
  }

  FamilyResult run() {
    if (files_ && options_.resume) load_state();
    // No rank replaces a state that another has not read yet.
    job().group->barrier();
    train::fit(*named_.module, training_, fit_options());
    if (state_.final_scores.empty()) {
      score_model();
      save_state();
    }
    FamilyResult found = result();
    logs_.finish({.title = fmt::format("{}, {}", options_.model, label_),
                  .epochs = found.epochs,
                  .layers = found.layers,
                  .kept = found.kept_epoch});
    return found;
  }

 private:
  train::FitOptions fit_options() {
    train::FitOptions fit{
        .epochs = trial_.epochs,
        .optimizer =
            optim::Adam{.learning_rate = trial_.learning_rate,
                        .groups = {.spread = {.learning_rate = options_.spread_learning_rate,
                                              .weight_decay = 0}}},
        .after_epoch = [this](train::EpochReport& report) { score_epoch(report); },
        .epoch_note = [this] { return note_of_epoch(); },
        .stop = trial_.stop,
        .save =
            [this](const io::SafeTensors& state) {
              state_.fit = state;
              save_state();
            },
        .state_name = files_ ? files_->newest().string() : std::string(),
        .cuda_graph = options_.cuda_graph,
        .label = label_,
        .progress = options_.progress,
        .later_epochs = later_epochs()};
    if (options_.recipe == Recipe::credence) {
      const std::int64_t steps = options_.habits.steps_of(training_.batches());
      fit.schedule =
          optim::cosine(steps * trial_.epochs / kWarmUpShare, averages() ? kAverageRate : 0);
    }
    if (const auto schedule = schedule_of(options_.habits, trial_.epochs, training_.batches())) {
      fit.schedule = *schedule;
    }
    if (bayesian_) {
      fit.objective = bayes::Elbo{
          .temperature = options_.temperature,
          .warm_up = bayes::KlSchedule::delayed_linear(options_.kl_delay, options_.kl_warm_up),
          .samples = options_.samples_per_step,
          .likelihood = likelihood()};
    } else if (options_.habits.plain_targets()) {
      fit.objective = scoring_.frequentist;
    } else {
      fit.objective = train::CrossEntropy{cross_entropy()};
    }
    if (averages()) {
      fit.observers.push_back(std::make_shared<train::WeightAverage>(1 - options_.average));
    }
    fit.parallel = job().parallel(shared_passes());
    if (job().ranks > 1 && job().state_folder) {
      fit.observers.push_back(rank_log(*job().state_folder, label_));
    }
    apply_habits(options_.habits, validation_.has_value(), fit);
    if (trial_.adapt) trial_.adapt(fit);
    logs_.add_to(fit);
    if (!state_.fit.tensors.empty()) fit.resume = state_.fit;
    return fit;
  }

  // The passes of a step that ranks may share: those of Elbo, unless one depends on the others.
  std::int64_t shared_passes() const {
    const bool apart =
        bayesian_ && !trial_.adapt && nn::modules_of<nn::BatchNormLayer>(*named_.module).empty();
    return apart ? options_.samples_per_step : 0;
  }

  // A method that changes the way of training has its own use for the weights of the steps.
  bool averages() const { return options_.average > 0 && !trial_.adapt; }

  // Batch normalisation's statistics are those of the last step's weights.
  void update_statistics() {
    train::ProgressSource shown(training_, label_, "statistics of the average", options_.progress);
    StoppableSource stoppable(shown, stop_of_evaluation(trial_));
    train::update_batch_norm(*named_.module, stoppable);
  }

  // Of the trials of the task that come after this one.
  std::int64_t later_epochs() const {
    const std::vector<std::string> trials = trials_of(options_);
    const auto own = std::find(trials.begin(), trials.end(), file_of(trial_));
    if (own == trials.end()) return 0;
    std::int64_t epochs = 0;
    for (auto later = own + 1; later != trials.end(); ++later) {
      epochs += *later == file_name(Family::bayesian) ? trial_of(options_, Family::bayesian).epochs
                                                      : options_.epochs;
    }
    return epochs;
  }

  CrossEntropyOptions cross_entropy() const {
    return cross_entropy_of(options_.habits, nn::device_of(*named_.module));
  }
  bayes::Likelihood likelihood() const {
    if (options_.habits.plain_targets()) return scoring_.likelihood;
    return bayes::CategoricalLikelihood(cross_entropy());
  }

  void load_state() {
    LayerHistory layers{.kl = {{}}, .log_alpha = {{}}};
    if (bayesian_) layers.measure(*named_.module);
    std::optional<TrialState> stored =
        load_trial_state(*files_, settings_, layers.kl.back(), layers.log_alpha.back());
    if (!stored) return;
    state_ = std::move(*stored);
    require_complete(state_.file, state_, tensors_of(*named_.module).size(),
                     std::size_t{1} + (bayesian_ ? 1 : 0) + (validation_ ? 1 : 0),
                     validation_.has_value());
    if (!options_.progress) return;
    write_stderr(fmt::format("{}  goes on from {}, {} of {} done\n", to_string(trial_.family),
                             state_.file.string(), state_.epochs.size(),
                             counted(trial_.epochs, "epoch")));
  }

  void save_state() {
    if (files_ && job().is_first()) save_trial_state(*files_, settings_, state_);
  }

  // `work` says what is evaluated, for the progress.
  train::Metrics evaluate(data::Loader& source, std::int64_t samples, const std::string& work) {
    train::ProgressSource shown(source, label_, work, options_.progress);
    StoppableSource stoppable(shown, stop_of_evaluation(trial_));
    return scoring_.evaluate(*named_.module, trial_.family, stoppable, samples);
  }

  // One of the scores of the trained model, with a line of progress of its own.
  train::Metrics final_score(const std::string& model, std::int64_t samples) {
    std::string work = fmt::format("{} on {}", model, counted(test_.samples(), "test " + sample_));
    if (bayesian_) {
      work += samples > 0 ? fmt::format(", {}", counted(samples, "sample")) : ", posterior mean";
    }
    const auto begin = std::chrono::steady_clock::now();
    const train::Metrics metrics = evaluate(test_, samples, work);
    if (options_.progress) {
      const std::chrono::duration<double> elapsed = std::chrono::steady_clock::now() - begin;
      write_stderr(fmt::format("{}  {}  {}  {}\n", label_, work, scoring_.text(metrics),
                               format_duration(elapsed.count())));
    }
    return metrics;
  }

  // For the line of the epoch that was just scored.
  std::string note_of_epoch() const {
    const train::EpochReport& report = state_.epochs.back();
    return report.validation ? "validation " + scoring_.best_text(*report.validation)
                             : "test " + scoring_.best_text(*report.test);
  }

  void score_epoch(train::EpochReport& report) {
    const OwnMemory memory;
    if (averages() && report.epoch + 1 == report.epochs) update_statistics();
    const std::string epoch = fmt::format("epoch {}/{}", report.epoch + 1, report.epochs);
    report.test = evaluate(test_, 1, fmt::format("{}, test {}s", epoch, sample_));
    if (validation_) {
      report.validation =
          evaluate(*validation_, 1, fmt::format("{}, validation {}s", epoch, sample_));
      const auto worse = [&](const train::EpochReport& earlier) {
        return scoring_.better(*report.validation, *earlier.validation);
      };
      if (std::all_of(state_.epochs.begin(), state_.epochs.end(), worse)) {
        state_.chosen = copies_of(tensors_of(*named_.module));
      }
    }
    if (bayesian_) state_.layers.measure(*named_.module);
    state_.epochs.push_back(report);
  }

  // Of the model as training left it, and of the chosen one.
  void score_model() {
    const OwnMemory memory;
    const char* const trained = options_.habits.keep_best ? "kept epoch" : "last epoch";
    std::vector<train::Metrics> scores{final_score(trained, options_.samples)};
    if (bayesian_) scores.push_back(final_score(trained, 0));
    if (validation_) {
      const std::vector<Tensor> tensors = tensors_of(*named_.module);
      const std::vector<Tensor> last = copies_of(tensors);
      copy(state_.chosen, tensors);
      scores.push_back(final_score("epoch chosen on validation", options_.samples));
      copy(last, tensors);
    }
    state_.final_scores = std::move(scores);
  }

  FamilyResult result() {
    nn::Module& model = *named_.module;
    FamilyResult result{.family = trial_.family,
                        .activation = named_.activation.name(),
                        .learning_rate = trial_.learning_rate,
                        .sample = sample_,
                        .parameters = nn::parameter_count(model),
                        .bytes = nn::parameter_bytes(model),
                        .epochs = state_.epochs,
                        .layers = state_.layers};
    if (options_.habits.keep_best && !result.epochs.empty() && !trial_.adapt) {
      result.kept_epoch = static_cast<std::int64_t>(
          train::best_epoch(result.epochs, watch_of(options_.habits, validation_.has_value())));
    }
    for (const train::EpochReport& report : result.epochs) {
      result.training_seconds += report.seconds;
    }
    result.best_test_epoch = best_epoch(scoring_, result.epochs, &train::EpochReport::test);
    auto next = state_.final_scores.begin();
    result.last = *next++;
    if (bayesian_) {
      result.last_mean = *next++;
      result.kl_per_layer = bayes::kl_divergence_per_layer(model);
    }
    if (validation_) {
      result.chosen = *next;
      result.chosen_epoch = best_epoch(scoring_, result.epochs, &train::EpochReport::validation);
    }
    return result;
  }

  const Options& options_;
  const Trial& trial_;
  const NamedModel& named_;
  const bool bayesian_;
  const std::string label_;
  const Scoring scoring_;
  const std::string sample_;
  data::Loader training_;
  data::Loader test_;
  std::optional<data::Loader> validation_;
  std::optional<train::StateFiles> files_;
  const RunSettings settings_;
  TrialLogs logs_;
  TrialState state_;
};

}  // namespace

data::Loader training_loader(const Options& options, const Parts& parts, const Trial& trial) {
  const Generator generator =
      Generator(trial.seed.value_or(options.seed)).split(to_string(trial.family));
  return {parts.sets.train,
          {.batch_size = batch_size_of(options, trial.family),
           .shuffle = true,
           .generator = generator.split("loader"),
           .workers = options.workers,
           .transform = transform_of(options, parts),
           .indices = parts.training,
           .device = home_of(parts.sets.train, chosen_device(options.computing.device))}};
}

FamilyResult run_trial(const Options& options, const Parts& parts, const NamedModel& model,
                       const Trial& trial) {
  try {
    return TrialRun(options, parts, model, trial).run();
  } catch (const train::Interrupted&) {
    throw interrupted(options, file_of(trial));
  }
}

train::Interrupted interrupted(const Options& options, const std::string& trial) {
  const auto file = trial_state_file(options, trial);
  if (!file) {
    return train::Interrupted(
        "interrupted; nothing was saved, as no folder was given for it (--out)");
  }
  return train::Interrupted(
      fmt::format("interrupted; the same command with --resume{} goes on "
                  "from {}",
                  options.force ? " in place of --force" : "", file->string()));
}

train::Metrics test_metrics(const Parts& parts, const NamedModel& model, Family family,
                            std::int64_t samples) {
  data::Loader test(parts.sets.test,
                    {.batch_size = kEvaluationBatch,
                     .transform = {.normalize = parts.normalize},
                     .device = home_of(parts.sets.test, nn::device_of(*model.module))});
  return scoring_of(parts.sets.test).evaluate(*model.module, family, test, samples);
}

}  // namespace credence::benchmarks
