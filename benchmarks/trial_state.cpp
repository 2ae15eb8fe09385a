#include "benchmarks/trial_state.hpp"

#include "bayes/posterior.hpp"
#include "benchmarks/image_folders.hpp"
#include "benchmarks/recipe.hpp"
#include "framework/core/error.hpp"

#include <system_error>

#include <fmt/format.h>
#include <fmt/ranges.h>

namespace credence::benchmarks {
namespace {

constexpr const char* kTest = "trial.test";
constexpr const char* kValidation = "trial.validation";
constexpr const char* kFinal = "trial.final";
constexpr const char* kChosen = "trial.chosen.";
constexpr const char* kPrefix = "trial.";

constexpr std::int64_t kMetrics = 3;

void append(std::vector<double>& numbers, const train::Metrics& metrics) {
  numbers.insert(numbers.end(),
                 {static_cast<double>(metrics.samples), metrics.accuracy, metrics.nll});
}

// A row of samples, accuracy and likelihood for each epoch.
Tensor as_rows(const std::vector<double>& numbers) {
  return Tensor::from({static_cast<std::int64_t>(numbers.size()) / kMetrics, kMetrics}, numbers);
}

std::vector<train::Metrics> metrics_of(const std::filesystem::path& file, const Tensor& rows) {
  if (rows.dtype() != DType::float64 || rows.shape().rank() != 2 || rows.shape()[1] != kMetrics) {
    throw FileError(file.string(), "has scores of an unknown form");
  }
  std::vector<train::Metrics> metrics;
  for (std::int64_t i = 0; i < rows.shape()[0]; ++i) {
    const double* const row = rows.data<double>() + i * kMetrics;
    metrics.push_back({static_cast<std::int64_t>(row[0]), row[1], row[2]});
  }
  return metrics;
}

void check_settings(const std::filesystem::path& file, const RunSettings& settings,
                    const std::map<std::string, std::string>& metadata) {
  for (const auto& [name, value] : settings) {
    const auto stored = metadata.find(kPrefix + name);
    if (stored == metadata.end()) {
      throw FileError(file.string(), "is not the state of a training run");
    }
    if (stored->second != value) {
      throw FileError(file.string(), fmt::format("is of a run with {} {}, not {}; without --resume "
                                                 "training begins anew",
                                                 name, stored->second, value));
    }
  }
}

}  // namespace

std::optional<std::filesystem::path> trial_state_file(const Options& options, Family family) {
  if (!options.out) return {};
  return *options.out / (std::string(file_name(family)) + ".state.safetensors");
}

void remove_trial_states(const Options& options) {
  for (const Family family : {Family::frequentist, Family::bayesian}) {
    std::error_code ignored;
    if (const auto file = trial_state_file(options, family)) {
      std::filesystem::remove(*file, ignored);
    }
  }
}

RunSettings run_settings(const Options& options, const Parts& parts, const NamedModel& model,
                         Family family) {
  const auto flag = [](bool set) { return std::string(set ? "on" : "off"); };
  RunSettings settings{
      {"activation", model.activation.name()},
      {"batch normalisation", flag(options.batch_norm)},
      {"batch size", std::to_string(options.batch_size)},
      {"data set", parts.images.train.name},
      {"epochs", std::to_string(options.epochs)},
      {"family", to_string(family)},
      {"KL warm-up", fmt::format("{}", options.kl_warm_up)},
      {"initial log alpha",
       fmt::format("{}", options.log_alpha.value_or(bayes::VariationalDropout{}.log_alpha))},
      {"learning rates", fmt::format("{}", fmt::join(options.learning_rates, " and "))},
      {"model", options.model},
      {"precision", name_of(options.computing.precision)},
      {"recipe", to_string(options.recipe)},
      {"samples", std::to_string(options.samples)},
      {"seed", std::to_string(options.seed)},
      {"task", options.task},
      {"temperature", fmt::format("{}", options.temperature)},
      {"test images", std::to_string(parts.images.test.size())},
      {"training images", std::to_string(parts.training.size())},
      {"validation images", std::to_string(parts.validation.size())}};
  if (options.dataset == kImageFolder) {
    settings["classes"] = fmt::format("{}", fmt::join(parts.images.train.class_names, ", "));
  }
  if (options.task == "init") {
    settings["frozen weights"] = flag(options.freeze);
    settings["second epochs"] = std::to_string(options.second_epochs);
    settings["pretrained model"] = options.pretrained ? "from a file" : "none";
  }
  return settings;
}

void save_trial_state(const std::filesystem::path& file, const RunSettings& settings,
                      const TrialState& state) {
  io::SafeTensors stored = state.fit;
  std::vector<double> test;
  std::vector<double> validation;
  for (const EpochScores& scores : state.epochs) {
    append(test, scores.test);
    if (scores.validation) append(validation, *scores.validation);
  }
  stored.tensors.push_back({kTest, as_rows(test)});
  stored.tensors.push_back({kValidation, as_rows(validation)});
  std::vector<double> final_scores;
  for (const train::Metrics& metrics : state.final_scores) append(final_scores, metrics);
  stored.tensors.push_back({kFinal, as_rows(final_scores)});
  for (std::size_t i = 0; i < state.chosen.size(); ++i) {
    stored.tensors.push_back({kChosen + std::to_string(i), state.chosen[i]});
  }
  for (const auto& [name, value] : settings) stored.metadata[kPrefix + name] = value;
  io::save_safetensors(file, stored.tensors, stored.metadata);
}

std::optional<TrialState> load_trial_state(const std::filesystem::path& file,
                                           const RunSettings& settings) {
  std::error_code error;
  if (!std::filesystem::exists(file, error) && !error) return {};
  TrialState state{.fit = io::load_safetensors(file)};
  check_settings(file, settings, state.fit.metadata);
  const Tensor* const test = state.fit.find(kTest);
  const Tensor* const validation = state.fit.find(kValidation);
  const Tensor* const final_scores = state.fit.find(kFinal);
  if (test == nullptr || validation == nullptr || final_scores == nullptr) {
    throw FileError(file.string(), "has no scores of its epochs");
  }
  state.final_scores = metrics_of(file, *final_scores);
  for (const train::Metrics& metrics : metrics_of(file, *test)) {
    state.epochs.push_back({.test = metrics});
  }
  const std::vector<train::Metrics> on_validation = metrics_of(file, *validation);
  if (!on_validation.empty() && on_validation.size() != state.epochs.size()) {
    throw FileError(file.string(), "has scores of different numbers of epochs");
  }
  for (std::size_t i = 0; i < on_validation.size(); ++i) {
    state.epochs[i].validation = on_validation[i];
  }
  while (const Tensor* chosen = state.fit.find(kChosen + std::to_string(state.chosen.size()))) {
    state.chosen.push_back(*chosen);
  }
  std::erase_if(state.fit.tensors,
                [](const io::NamedTensor& stored) { return stored.name.starts_with(kPrefix); });
  return state;
}

}  // namespace credence::benchmarks
