// What the command line of credence-bench can ask for.
#pragma once

#include "benchmarks/common/device.hpp"
#include "benchmarks/common/recipe.hpp"
#include "benchmarks/driver/export.hpp"
#include "benchmarks/driver/prune.hpp"
#include "benchmarks/driver/stored_model.hpp"
#include "benchmarks/driver/training_habits.hpp"
#include "framework/io/key_map.hpp"
#include "framework/nn/activation.hpp"
#include "framework/train/state_files.hpp"
#include "zoo/variational_choice.hpp"

#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <vector>

namespace credence::benchmarks {

/// Of Options::validation: a tenth of the training samples.
inline constexpr std::int64_t kTenth = -1;

/// What the command line asks for.
struct Options {
  std::string task = "acc";
  std::string model = "LeNet5";
  /// Outputs of each layer of a chain but the last; empty for the model's own.
  std::vector<std::int64_t> widths{};
  std::int64_t epochs = 10;         ///< 0 for a model that is pretrained
  std::int64_t second_epochs = 10;  ///< task init: of the Bayesian model
  /// Of the models that take it: what normalises after each convolution.
  zoo::Norm norm = zoo::Norm::none;
  /// In place of each family's own; beside `pretrained` of the Bayesian model alone.
  std::optional<nn::Activation> activation{};
  std::optional<std::string> ood_data{};  ///< task ood: other images (see ood_data.hpp)
  /// Task compare: the methods by name.
  std::vector<std::string> methods{"deterministic", "variational", "ensemble"};
  std::optional<std::int64_t> members{};  ///< task compare: of ensembles; 2 by default
  /// Task regress: a table, in place of the curve; --dataset too, where it is one.
  std::optional<std::filesystem::path> regression_data{};
  /// Pixels by which training images are shifted at most; nothing for the recipe's.
  std::optional<std::int64_t> shift{};
  std::optional<bool> mirror{};  ///< whether half of them are mirrored; nothing for the recipe's
  bool freeze = false;           ///< task init: train the variances alone
  /// Checkpoints in place of training: the file of task init's frequentist model, of uncert's
  /// Bayesian; the folder of both of calib's and ood's.
  std::optional<std::filesystem::path> pretrained{};
  io::KeyMap key_map{};  ///< StoredModelOptions::key_map, of the files of `pretrained`
  std::int64_t batch_size = 256;
  std::optional<std::int64_t> bayesian_batch_size{};  ///< of Bayesian models, in place of that
  std::vector<double> learning_rates{};  ///< of the models trained: frequentist, Bayesian
  std::int64_t samples = 15;             ///< posterior samples that reported accuracies average
  VariationalChoice variational{};       ///< of the Bayesian weights
  double temperature = 1;
  double kl_delay = 0;    ///< the share of the steps before the KL's weight begins to rise
  double kl_warm_up = 0;  ///< the share of the steps over which the KL's weight rises from 0
  std::int64_t samples_per_step = 1;  ///< passes with new noise that a step's NLL averages
  /// Of the parameters that describe a spread, such as log variances: a factor on the rate.
  double spread_learning_rate = 1;
  /// Share of the steps, at the end of a run, over which the weights are averaged; 0 for none.
  double average = 0;
  Recipe recipe = Recipe::credence;
  TrainingHabits habits{};
  /// By default mnist for LeNet5, cifar10 for VGG. It may be the file of a table (tables.hpp).
  std::string dataset = "mnist";
  std::optional<std::string> target{};  ///< of a table: the name of the target
  std::optional<std::filesystem::path> data_dir{};
  /// Of data set image-folder, in the order of their labels; empty for the folders' own order.
  std::vector<std::string> classes{};
  /// Of data set image-folder: [C, H, W] of the images, in place of the model's own.
  std::optional<Shape> image{};
  /// Of data set image-folder: how the models of --pretrained take its images.
  std::optional<data::Normalize> normalize{};
  std::int64_t validation = 5000;  ///< training samples held back; kTenth for a tenth
  /// Training samples that are scored in place of the test samples; 0: these are scored.
  std::int64_t held_out = 0;
  std::int64_t training_images = 0;  ///< 0: all that are not held back
  int workers = 1;                   ///< threads that prepare batches
  Computing computing{};
  bool cuda_graph = true;  ///< whether a CUDA device replays steps (FitOptions)
  std::uint64_t seed = 1;
  std::optional<std::string> json{};           ///< file for the results; "-" for stdout
  std::optional<std::filesystem::path> out{};  ///< folder for results and checkpoints
  bool resume = false;                         ///< goes on from the states in `out`
  int keep = train::StateFiles::kKept;         ///< the last states of each training run in `out`
  bool force = false;                          ///< replaces an earlier run's files in `out`
  bool progress = true;
  std::string command{};  ///< as it was given, for the results
  std::string config{};   ///< the given options as the text of a file for --config
};

/// What to do, and with which options.
struct CommandLine {
  enum class Action : std::uint8_t {
    run,
    download,
    summary,
    list,
    predict,
    evaluate,
    prune,
    exported,
    done
  };
  Action action = Action::run;
  Options options{};
  std::string listing{};  ///< of action list: "models", "datasets", "tasks" or "methods"
  std::string download_dataset{};
  StoredModelOptions stored{};  ///< of predict and evaluate
  PruneOptions prune{};
  ExportOptions exported{};
  int exit_status = 0;  ///< where action is done: help was printed (0) or the usage is wrong (2)
};

/// Reads the command line. Help goes to stdout, one line about wrong usage to stderr. Long options
/// may be spelled with underscores, as BayeTorch's are.
CommandLine parse_command_line(int argc, const char* const* argv);

}  // namespace credence::benchmarks
