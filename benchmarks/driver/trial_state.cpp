// The state files of a training run: writing, reading and checks.
#include "benchmarks/driver/trial_state.hpp"

#include "benchmarks/driver/task.hpp"
#include "framework/base/error.hpp"
#include "framework/base/standard_streams.hpp"
#include "framework/train/fit.hpp"
#include "framework/train/run_state.hpp"

#include <map>
#include <sstream>
#include <string>
#include <string_view>
#include <utility>

#include <fmt/core.h>

namespace credence::benchmarks {
namespace {

constexpr const char* kTest = "trial.test";
constexpr const char* kValidation = "trial.validation";
constexpr const char* kFinal = "trial.final";
constexpr const char* kKl = "trial.kl";
constexpr const char* kLogAlpha = "trial.log_alpha";
constexpr const char* kChosen = "trial.chosen.";
constexpr const char* kPrefix = "trial.";

constexpr const char* kScores = "scores";
constexpr auto kMostSamples = static_cast<double>(train::kMostCounted);

// The names of scores with how they are shown, a line each.
std::string lines_of_scores(const std::vector<train::NamedValue>& scores) {
  std::string text;
  for (const train::NamedValue& score : scores) {
    text += fmt::format("{} {}\n", static_cast<int>(score.display), score.name);
  }
  return text;
}

// Scores of 0 with these names.
std::vector<train::NamedValue> scores_of(const std::filesystem::path& file,
                                         const std::map<std::string, std::string>& metadata) {
  const auto text = metadata.find(kScores);
  if (text == metadata.end()) throw FileError(file.string(), "does not name its scores");
  std::vector<train::NamedValue> scores;
  std::istringstream lines(text->second);
  for (std::string line; std::getline(lines, line);) {
    const bool known = line.size() > 2 && line[0] >= '0' && line[1] == ' ' &&
                       line[0] <= '0' + static_cast<int>(train::Display::percent);
    if (!known) throw FileError(file.string(), "has a score that is unknown: " + line);
    scores.push_back({line.substr(2), 0, static_cast<train::Display>(line[0] - '0')});
  }
  return scores;
}

// A row for each: the number of samples, then the scores.
Tensor as_rows(const std::vector<train::Metrics>& metrics) {
  const std::size_t scores = metrics.empty() ? 0 : metrics.front().values.size();
  std::vector<double> numbers;
  for (const train::Metrics& one : metrics) {
    numbers.push_back(static_cast<double>(one.samples));
    for (const train::NamedValue& score : one.values) numbers.push_back(score.value);
  }
  return Tensor::from(
      {static_cast<std::int64_t>(metrics.size()), static_cast<std::int64_t>(1 + scores)}, numbers);
}

std::vector<train::Metrics> metrics_of(const std::filesystem::path& file, const Tensor& rows,
                                       const std::vector<train::NamedValue>& scores) {
  const auto columns = static_cast<std::int64_t>(1 + scores.size());
  if (rows.dtype() != DType::float64 || rows.shape().rank() != 2 ||
      (rows.shape()[0] > 0 && rows.shape()[1] != columns)) {
    throw FileError(file.string(), "has scores of an unknown form");
  }
  std::vector<train::Metrics> metrics;
  for (std::int64_t i = 0; i < rows.shape()[0]; ++i) {
    const double* const row = rows.data<double>() + i * columns;
    // As a comparison of doubles: another one has no value as an integer.
    if (!(row[0] >= 0 && row[0] <= kMostSamples)) {
      throw FileError(file.string(), fmt::format("has scores of {} samples", row[0]));
    }
    train::Metrics& one =
        metrics.emplace_back(train::Metrics{static_cast<std::int64_t>(row[0]), scores});
    for (std::size_t score = 0; score < scores.size(); ++score) {
      one.values[score].value = row[1 + score];
    }
  }
  return metrics;
}

// Puts the scores, a row for each epoch, into its report; none on validation images where none were
// held back.
void add_scores(const std::filesystem::path& file, const std::vector<train::Metrics>& test,
                const std::vector<train::Metrics>& validation,
                std::vector<train::EpochReport>& epochs) {
  if (test.size() != epochs.size()) {
    throw FileError(file.string(), "has scores of another number of epochs than it trained");
  }
  if (!validation.empty() && validation.size() != epochs.size()) {
    throw FileError(file.string(), "has scores of different numbers of epochs");
  }
  for (std::size_t i = 0; i < epochs.size(); ++i) {
    epochs[i].test = test[i];
    if (!validation.empty()) epochs[i].validation = validation[i];
  }
}

// The figures of a Bayesian model's layers after each epoch.
void add_layers(const std::filesystem::path& file, const LayerNumbers& kl,
                const LayerNumbers& log_alpha, TrialState& state) {
  const auto read = [&](const char* name, const LayerNumbers& layers) {
    if (layers.empty()) return std::vector<LayerNumbers>{};
    const Tensor* const stored = state.fit.find(name);
    if (stored == nullptr) throw FileError(file.string(), "has no figures of the model's layers");
    try {
      return from_tensor(*stored, static_cast<std::int64_t>(state.epochs.size()), layers);
    } catch (const ValueError& error) {
      throw FileError(file.string(), error.what());
    }
  };
  state.layers = {read(kKl, kl), read(kLogAlpha, log_alpha)};
}

// What the state says of its run.
RunSettings stored_settings(const std::filesystem::path& file,
                            const std::map<std::string, std::string>& metadata) {
  RunSettings settings;
  for (const auto& [name, value] : metadata) {
    if (name.starts_with(kPrefix)) settings[name.substr(std::string_view(kPrefix).size())] = value;
  }
  if (settings.empty()) throw FileError(file.string(), "is not the state of a training run");
  return settings;
}

}  // namespace

std::optional<std::filesystem::path> trial_state_file(const Options& options,
                                                      const std::string& trial) {
  if (!options.out) return {};
  return *options.out / (trial + ".state.safetensors");
}

std::optional<std::filesystem::path> trial_state_file(const Options& options, Family family) {
  return trial_state_file(options, file_name(family));
}

std::vector<std::string> trials_of(const Options& options) {
  if (const auto& trials = task_of(options).trials) return trials(options);
  return {file_name(Family::frequentist), file_name(Family::bayesian)};
}

std::optional<train::StateFiles> trial_state_files(const Options& options,
                                                   const std::string& trial) {
  if (!options.out) return {};
  return train::StateFiles(*trial_state_file(options, trial), options.keep);
}

void remove_trial_states(const Options& options) {
  for (const std::string& trial : trials_of(options)) {
    if (const auto files = trial_state_files(options, trial)) files->remove();
  }
}

RunSettings trial_settings(const Options& options, const Parts& parts, const NamedModel& model,
                           const Trial& trial) {
  RunSettings settings = inputs_of(options, parts);
  settings.merge(settings_of(options));
  settings["activation"] = '"' + model.activation.name() + '"';
  settings["family"] = '"' + std::string(file_name(trial.family)) + '"';
  if (trial.seed) settings["trial_seed"] = std::to_string(*trial.seed);
  return settings;
}

void require_state_of(train::StateFiles files, RunSettings settings, const RunSettings& inputs) {
  const std::optional<train::LoadedState> loaded = files.load();
  if (!loaded) return;
  const RunSettings stored = stored_settings(loaded->file, loaded->state.metadata);
  settings.erase("activation");
  require_same(loaded->file, settings, stored);
  require_same(loaded->file, inputs, stored);
}

void save_trial_state(train::StateFiles& files, const RunSettings& settings,
                      const TrialState& state) {
  io::SafeTensors stored = state.fit;
  std::vector<train::Metrics> test;
  std::vector<train::Metrics> validation;
  for (const train::EpochReport& report : state.epochs) {
    test.push_back(*report.test);
    if (report.validation) validation.push_back(*report.validation);
  }
  stored.tensors.push_back({kTest, as_rows(test)});
  stored.tensors.push_back({kValidation, as_rows(validation)});
  stored.tensors.push_back({kFinal, as_rows(state.final_scores)});
  stored.tensors.push_back({kKl, as_tensor(state.layers.kl)});
  stored.tensors.push_back({kLogAlpha, as_tensor(state.layers.log_alpha)});
  // A run without epochs has final scores alone.
  const std::vector<train::Metrics>& any = test.empty() ? state.final_scores : test;
  stored.metadata[kScores] = any.empty() ? std::string() : lines_of_scores(any.front().values);
  for (std::size_t i = 0; i < state.chosen.size(); ++i) {
    stored.tensors.push_back({kChosen + std::to_string(i), state.chosen[i]});
  }
  for (const auto& [name, value] : settings) stored.metadata[kPrefix + name] = value;
  files.save(stored);
}

std::optional<TrialState> load_trial_state(train::StateFiles& files, const RunSettings& settings,
                                           const LayerNumbers& kl, const LayerNumbers& log_alpha) {
  std::optional<train::LoadedState> loaded = files.load();
  if (!loaded) return {};
  const std::filesystem::path& file = loaded->file;
  for (const std::string& damaged : loaded->damaged) {
    write_stderr(fmt::format("credence-bench: {}; the run goes on from the state before it, {}\n",
                             damaged, file.string()));
  }
  TrialState state{.file = file, .fit = std::move(loaded->state)};
  require_same(file, settings, stored_settings(file, state.fit.metadata));
  const Tensor* const test = state.fit.find(kTest);
  const Tensor* const validation = state.fit.find(kValidation);
  const Tensor* const final_scores = state.fit.find(kFinal);
  if (test == nullptr || validation == nullptr || final_scores == nullptr) {
    throw FileError(file.string(), "has no scores of its epochs");
  }
  const std::vector<train::NamedValue> scores = scores_of(file, state.fit.metadata);
  state.final_scores = metrics_of(file, *final_scores, scores);
  state.epochs = train::finished_epochs(state.fit);
  add_scores(file, metrics_of(file, *test, scores), metrics_of(file, *validation, scores),
             state.epochs);
  add_layers(file, kl, log_alpha, state);
  while (const Tensor* chosen = state.fit.find(kChosen + std::to_string(state.chosen.size()))) {
    state.chosen.push_back(*chosen);
  }
  std::erase_if(state.fit.tensors,
                [](const io::NamedTensor& stored) { return stored.name.starts_with(kPrefix); });
  return state;
}

}  // namespace credence::benchmarks
