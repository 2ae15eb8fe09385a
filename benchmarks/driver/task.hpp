// The tasks of credence-bench, as --task chooses among them. Each is one file of this folder, with
// all that differs from task to task.
#pragma once

#include "benchmarks/common/models.hpp"
#include "benchmarks/driver/run_sets.hpp"
#include "benchmarks/driver/run_settings.hpp"

#include <filesystem>
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

/// What a task does with the models of --pretrained.
struct PretrainedUse {
  /// That the models have to be of; the task trains none of these. For one --pretrained is its
  /// file, for several a folder with a file of each, named as runs name them.
  std::vector<Family> families;
  std::string help;  ///< of --pretrained: "draw the figures of this Bayesian one"
  /// The files that are read, where they are not those of `families`.
  std::function<std::vector<std::filesystem::path>(const Options&)> files{};
};

/// What a task does with --ood-data.
enum class OodUse : std::uint8_t { none, optional, needed };

/// Of a task that has data and a model of its own, in place of images and --model.
struct OwnData {
  std::function<std::string(const Options&)> model;  ///< the model's name in results
  /// Whether --activation may change the model's.
  std::function<bool(const Options&)> takes_activation;
  std::function<RecipeDefaults(const Options&)> defaults;
  std::string posterior;  ///< of Bayesian weights, without --posterior
  std::function<RunSets(const Options&)> find;
  /// On the CPU, with weights from the seed.
  std::function<NamedModel(const Options&, const Parts&, Family)> make_model;
};

struct Task {
  std::string name;           ///< "acc"
  std::string help;           ///< of --task
  std::size_t models;         ///< that it trains: 2 for both families, 1 for the Bayesian alone
  bool epochs_each = false;   ///< whether --epochs takes a number for each of them
  bool from_weights = false;  ///< whether the Bayesian model begins with the frequentist one's
  std::optional<PretrainedUse> pretrained{};
  bool calibrates = false;  ///< on validation images, of which it needs some
  /// Whether it takes --ood-data, or cannot run without.
  OodUse ood_data = OodUse::none;
  bool methods = false;  ///< whether it takes --methods and --members
  std::optional<OwnData> own_data{};
  bool tables = false;           ///< whether it takes a table in place of images
  bool regression_data = false;  ///< whether it takes --regression-data
  std::string freeze_help{};     ///< of --freeze; empty where the task does not take it
  /// That recipe credence begins with, in place of the posterior's own.
  std::optional<double> log_alpha{};
  /// The names of the files that a run leaves in its folder beside results.json.
  std::function<std::vector<std::string>(const Options&)> files;
  /// The names of its training runs, as their state files have them; empty for a run of each
  /// family.
  std::function<std::vector<std::string>(const Options&)> trials{};
  /// What the task adds to the settings in results.json; may be empty.
  std::function<RunSettings(const Options&)> settings{};
  /// How the models are trained, in a line.
  std::function<std::string(const Options&)> training_text;
  /// Throws where the run cannot be made; called before it begins. May be empty.
  std::function<void(const Options&, const RunSets&)> check{};
  std::function<Report(const Options&, const RunSets&)> run;
};

/// All tasks. The list is in benchmarks/driver/meson.build.
const std::vector<Task>& tasks();

/// Throws ValueError for an unknown name.
const Task& task_of(const Options& options);

/// The data of the task: its own, or else the images of the data set that the options name, with
/// the test part that Options::held_out asks for. Throws as find_images and scored_on_held_out do.
RunSets find_sets(const Options& options);

// Of tasks that train both families, or take them from the folder --pretrained.

/// The figures, after the checkpoints of models that are trained.
std::vector<std::string> with_checkpoints(const Options& options,
                                          const std::vector<std::string>& figures);
/// How the models are trained, or where they are from, in a line.
std::string pair_training_text(const Options& options);

}  // namespace credence::benchmarks
