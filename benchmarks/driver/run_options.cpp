// The options of a run, and those that runs and stored models share.
#include "benchmarks/common/activation_option.hpp"
#include "benchmarks/common/command_line.hpp"
#include "benchmarks/common/computing_options.hpp"
#include "benchmarks/common/models.hpp"
#include "benchmarks/common/norm_option.hpp"
#include "benchmarks/driver/comparison.hpp"
#include "benchmarks/driver/image_folders.hpp"
#include "benchmarks/driver/ood_data.hpp"
#include "benchmarks/driver/option_groups.hpp"
#include "benchmarks/driver/tables.hpp"
#include "benchmarks/driver/task.hpp"
#include "framework/base/error.hpp"

#include <algorithm>
#include <cctype>
#include <limits>
#include <utility>

#include <fmt/core.h>
#include <fmt/ranges.h>

namespace credence::benchmarks {
namespace {

// Of options that count something: more than any data set or run has.
constexpr std::int64_t kMany = 1'000'000'000'000'000;

// "a,b" as "a" and "b"; the empty text as one empty part.
std::vector<std::string> split(const std::string& text) {
  std::vector<std::string> parts;
  for (std::size_t begin = 0; begin <= text.size();) {
    const std::size_t end = std::min(text.find(',', begin), text.size());
    parts.push_back(text.substr(begin, end - begin));
    begin = end + 1;
  }
  return parts;
}

void add_classes(CLI::App& app, std::vector<std::string>& classes) {
  const auto read = [&classes](const std::string& text) { classes = split(text); };
  app.add_option_function<std::string>("--classes", read,
                                       "For data set image-folder: the names of the classes' "
                                       "folders in the order of their labels, with "
                                       "commas between (default: all, in ascending order)")
      ->type_name("NAMES");
}

void add_image(CLI::App& app, GivenValues& given) {
  add_number(app, "--image-size", given.image_size, Bounds<std::int64_t>{8, 4096},
             "For data set image-folder: rows and columns to which its pictures are stretched "
             "(default: the model's, 28 for LeNet5 and MLP, else 32)");
  CLI::Option* const channels =
      app.add_option(
             "--channels", given.channels,
             "For data set image-folder: 1 makes its pictures grey, 3 colours (default: the "
             "model's, 1 for LeNet5 and MLP, else 3)")
          ->check(CLI::IsMember(std::vector<std::int64_t>{1, 3}))
          ->type_name("N");
  app.add_flag_callback(
         "--grey", [&given] { given.channels = 1; }, "The same as --channels 1")
      ->excludes(channels);
}

// "acc: train both families …; init: …", the first letter as it is.
template <class HelpOf>
std::string help_of_tasks(const std::string& before_name, HelpOf help_of) {
  std::string text;
  for (const Task& task : tasks()) {
    const std::string help = help_of(task);
    if (help.empty()) continue;
    text += (text.empty() ? "" : "; ") + before_name + task.name + ": " + help;
  }
  return text;
}

std::string capitalised(std::string text) {
  text.front() = static_cast<char>(std::toupper(static_cast<unsigned char>(text.front())));
  return text;
}

std::string pretrained_help() {
  return capitalised(help_of_tasks("for ",
                                   [](const Task& task) {
                                     return task.pretrained ? task.pretrained->help : std::string();
                                   })) +
         ". --activation then is that of models that are trained, or of a pretrained Bayesian one";
}

std::string freeze_help() {
  return capitalised(help_of_tasks("for ", [](const Task& task) { return task.freeze_help; }));
}

// Names with commas between, each once.
void add_methods(CLI::App& app, Options& options, GivenValues& given) {
  const auto read = [&given](const std::string& text) {
    std::vector<std::string> names;
    for (const std::string& name : split(text)) {
      if (std::find(names.begin(), names.end(), name) == names.end()) names.push_back(name);
      method_named(name);
    }
    given.methods = std::move(names);
  };
  std::vector<std::string> known;
  for (const MethodEntry& entry : methods()) known.push_back(entry.name);
  app.add_option_function<std::string>(
         "--methods", read,
         fmt::format(
             "For task compare: some of {}, with commas between; \"credence-bench methods\" "
             "says what they are (default: {})",
             fmt::join(known, ", "), fmt::join(Options{}.methods, ",")))
      ->type_name("NAMES");
  add_number(app, "--members", options.members, Bounds<std::int64_t>{1, 1000},
             fmt::format("For task compare: members of an ensemble, from the seeds --seed, --seed "
                         "+ 1, … (default: {})",
                         kMembers));
}

std::string names_of_tasks(bool Task::*which) {
  std::vector<std::string> names;
  for (const Task& task : tasks()) {
    if (task.*which) names.push_back(task.name);
  }
  return fmt::format("{}", fmt::join(names, " and "));
}

void add_task(CLI::App& app, Options& options, GivenValues& given) {
  std::vector<std::string> names;
  for (const Task& task : tasks()) names.push_back(task.name);
  app.add_option("--task", options.task,
                 help_of_tasks("", [](const Task& task) { return task.help; }))
      ->check(CLI::IsMember(names))
      ->type_name("NAME")
      ->capture_default_str();
  app.add_option("--model", given.model, "Model of both families (default: " + options.model + ")")
      ->check(CLI::IsMember(model_names()))
      ->type_name("NAME");
  add_counts(
      app, "--widths",
      [&options](std::vector<std::int64_t> widths) { options.widths = std::move(widths); },
      "Outputs of each layer but the last, with commas between, for a narrower or wider LeNet5 "
      "(default: 6,16,120,84; without its second fully connected layer, as in Caffe's examples, "
      "three: 20,50,500), VGG or MLP (1200,1200)")
      ->type_name("NUMBERS");
}

void add_training(CLI::App& app, Options& options, GivenValues& given) {
  add_number(app, "--epochs", given.epochs, Bounds<std::int64_t>{1, 1'000'000},
             "Epochs to train each model; " + names_of_tasks(&Task::epochs_each) +
                 " takes a second number for the Bayesian one (default: 10, for a table 100, for "
                 "the curve of regress 300; with recipe bayetorch its published ones)")
      ->expected(1, 2)
      ->multi_option_policy(CLI::MultiOptionPolicy::Throw)
      ->type_name("N");
  add_number(app, "--batch-size", given.batch_size, Bounds<std::int64_t>{1, 1'000'000},
             "Images or rows per training step (default: 256, with recipe credence 128 for VGG, "
             "ResNet and BayesianLeNet5, in regress and for a table 32)");
  add_number(app, "--lr", options.learning_rates,
             Bounds<double>{std::numeric_limits<float>::min(), 1e6},
             "Learning rates of Adam: frequentist and Bayesian, one for each model that "
             "is trained (default: the recipe's)")
      ->expected(1, 2)
      ->multi_option_policy(CLI::MultiOptionPolicy::Throw)
      ->type_name("RATE");
  add_augmentation(app, options.shift, options.mirror);
  add_norm(app, given.norm, "batch, of VGG with recipe bayetorch none");
  add_activation(app, options.activation);
  app.add_flag("--freeze", options.freeze, freeze_help());
  app.add_option("--pretrained", options.pretrained, pretrained_help())->type_name("PATH");
  add_key_map(app, options.key_map);
}

void add_data(CLI::App& app, Options& options, GivenValues& given) {
  app.add_option(
         "--dataset", options.dataset,
         "Data set to train on (default: mnist for LeNet5 and MLP, else cifar10): a name, or "
         "for the tasks acc (--model MLP) and regress the file of a table: CSV, or NumPy's "
         "arrays (.npy, .npz)")
      ->check(dataset_error)
      ->type_name("NAME|FILE");
  app.add_option(
         "--target", options.target,
         "Of a table: the name of the column, or of the array in an .npz file (default: the "
         "last column; targets, else y); with an .npy file the file of the targets. acc "
         "takes texts and integers as classes")
      ->type_name("NAME");
  app.add_option("--data-dir", options.data_dir, "Folder that holds the data set")
      ->type_name("DIR");
  add_classes(app, options.classes);
  add_image(app, given);
  app.add_option(
         "--ood-data", options.ood_data,
         "For tasks ood and compare: other images than the test images, " + ood_data_choices())
      ->type_name("WHAT");
  app.add_option("--regression-data", options.regression_data,
                 "For task regress: the same as --dataset, for a file of any name")
      ->type_name("FILE");
  add_number(app, "--validation", given.validation, Bounds<std::int64_t>{0, kMany},
             fmt::format("Training images held back, on which the best epoch is chosen (default: "
                         "{}; of a table, of image-folder and in regress a tenth)",
                         options.validation));
  add_number(
      app, "--held-out", options.held_out, Bounds<std::int64_t>{0, kMany},
      "Training images or rows, chosen by the seed, that are not trained on and are scored in "
      "place of the test images, so that settings are chosen without these; 0 for none")
      ->capture_default_str();
  add_number(app, "--training-images", options.training_images, Bounds<std::int64_t>{0, kMany},
             "Train on the first so many of the rest; 0 for all")
      ->capture_default_str();
  add_number(app, "--n-workers", options.workers, Bounds<int>{0, 256},
             "Threads that prepare batches")
      ->capture_default_str();
}

void add_running(CLI::App& app, Options& options) {
  add_computing(app, options.computing);
  app.add_flag_callback(
      "--cuda-graph", [&options] { options.cuda_graph = true; },
      "Record a training step on a CUDA device once and replay it (default)");
  app.add_flag_callback(
      "--no-cuda-graph", [&options] { options.cuda_graph = false; },
      "Start each kernel of each step anew; the numbers are the same");
  add_number(app, "--seed", options.seed,
             Bounds<std::uint64_t>{0, std::numeric_limits<std::uint64_t>::max()},
             "Seed of everything random")
      ->capture_default_str();
}

void add_outputs(CLI::App& app, Options& options) {
  app.add_option("--json", options.json,
                 "Write settings and results to a file, which is replaced if it is there, - for "
                 "stdout")
      ->type_name("FILE");
  app.add_option("--out", options.out, "Folder for results.json and checkpoints (safetensors)")
      ->type_name("DIR");
  CLI::Option* const resume = app.add_flag(
      "--resume", options.resume,
      "Go on from the state that an interrupted run left in --out; the result is that of a "
      "run without interruption. A finished run stays as it is; where nothing was run yet, the run "
      "begins, and says so. What changes the result must be as it was (not --threads, --device)");
  add_number(app, "--keep", options.keep, Bounds<int>{1, train::StateFiles::kLargestKept},
             "The last states of each training run to keep in --out until the run ends; --resume "
             "reports a damaged one and goes on from the one before it")
      ->type_name("K")
      ->capture_default_str();
  app.add_flag("--force", options.force,
               "Replace what an earlier run left in --out; without it such a folder is an error")
      ->excludes(resume);
  app.add_flag_callback(
      "--no-progress", [&options] { options.progress = false; },
      "Say nothing on stderr while training");
}

}  // namespace

std::vector<std::string> dataset_names() {
  return {"mnist", "fashion-mnist", "synthetic-digits", "cifar10", kImageFolder};
}

std::string dataset_error(const std::string& text) {
  if (is_table(text)) return {};
  std::string name = text;
  return CLI::IsMember(dataset_names())(name);
}

CLI::Option* add_counts(CLI::App& app, const std::string& name,
                        const std::function<void(std::vector<std::int64_t>)>& take,
                        const std::string& description) {
  const auto read = [name, take](const std::string& text) {
    std::vector<std::int64_t> counts;
    for (std::string part : split(text)) {
      const std::string error = decimal(Bounds<std::int64_t>{1, 1'000'000})(part);
      if (!error.empty()) throw CLI::ValidationError(name, error);
      counts.push_back(*parse_decimal<std::int64_t>(part));
    }
    take(std::move(counts));
  };
  return app.add_option_function<std::string>(name, read, description);
}

void add_augmentation(CLI::App& app, std::optional<std::int64_t>& shift,
                      std::optional<bool>& mirror) {
  add_number(app, "--shift", shift, Bounds<std::int64_t>{0, 4096},
             "Pixels by which training images are shifted at most, at random in both directions; 0 "
             "for none (default: 4 of colour images, of grey ones with recipe credence 1)")
      ->type_name("PIXELS");
  CLI::Option* const mirrored = app.add_flag_callback(
      "--mirror", [&mirror] { mirror = true; },
      "Mirror half of the training images, left to right (default for colour images)");
  app.add_flag_callback(
         "--no-mirror", [&mirror] { mirror = false; }, "Mirror none (default for grey images)")
      ->excludes(mirrored);
}

void add_computing(CLI::App& app, Computing& computing) {
  add_device(app, computing.device, {"auto", "cpu", "cuda"},
             "Where to compute; auto: a CUDA device where there is one "
             "(default: auto)");
  add_precision(app, computing.precision, {"bf16", "fp32", "tf32"},
                "Of products and convolutions on a CUDA device, with float32 for all else: fp32, "
                "tf32 or bf16 (default: fp32)");
  add_threads(app, computing.threads);
}

void add_run_options(CLI::App& app, Options& options, GivenValues& given) {
  // Help shows the options under the headings that are set here.
  const auto under = [&app](const char* heading) { app.option_defaults()->group(heading); };
  under("Task and model");
  add_task(app, options, given);
  under("Data");
  add_data(app, options, given);
  under("Training");
  add_training(app, options, given);
  under("Methods to compare");
  add_methods(app, options, given);
  under("Posterior and objective");
  add_objective(app, options, given);
  add_habits(app, options.habits);
  under("Computing");
  add_running(app, options);
  under("Several processes");
  add_ranks(app);
  under("Results");
  add_outputs(app, options);
  under("Options");
}

}  // namespace credence::benchmarks
