// The tasks of credence-bench, as --task chooses among them. Each is one file of this folder, with
// all that differs from task to task.
#pragma once

#include "benchmarks/common/family.hpp"
#include "benchmarks/driver/images.hpp"
#include "benchmarks/driver/run_settings.hpp"

#include <functional>
#include <optional>
#include <string>
#include <vector>

namespace credence::benchmarks {

/// A task's outcome, ready to be printed and written.
struct Report {
  std::string tables;  ///< Markdown
  std::string json;
};

/// What a task does with the model of --pretrained.
struct PretrainedUse {
  Family family;     ///< that the model has to be of; the task does not train one of it
  std::string help;  ///< of --pretrained: "draw the figures of this Bayesian one"
};

struct Task {
  std::string name;           ///< "acc"
  std::string help;           ///< of --task
  std::size_t models;         ///< that it trains: 2 for both families, 1 for the Bayesian alone
  bool epochs_each = false;   ///< whether --epochs takes a number for each of them
  bool from_weights = false;  ///< whether the Bayesian model begins with the frequentist one's
  std::optional<PretrainedUse> pretrained{};
  std::string freeze_help{};  ///< of --freeze; empty where the task does not take it
  /// That recipe credence begins with, in place of the posterior's own.
  std::optional<double> log_alpha{};
  /// The names of the files that a run leaves in its folder beside results.json.
  std::function<std::vector<std::string>(const Options&)> files;
  /// What the task adds to the settings in results.json; may be empty.
  std::function<RunSettings(const Options&)> settings{};
  /// How the models are trained, in a line.
  std::function<std::string(const Options&)> training_text;
  std::function<Report(const Options&, const Images&)> run;
};

/// All tasks. The list is in benchmarks/driver/meson.build.
const std::vector<Task>& tasks();

/// Throws ValueError for an unknown name.
const Task& task_of(const Options& options);

}  // namespace credence::benchmarks
