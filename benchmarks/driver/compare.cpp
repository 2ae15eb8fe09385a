// Task compare: its run and its entry in the list of tasks.
#include "benchmarks/driver/compare.hpp"

#include "bayes/methods/stored_method.hpp"
#include "benchmarks/driver/comparison.hpp"
#include "benchmarks/driver/family_predictions.hpp"
#include "benchmarks/driver/ood_data.hpp"
#include "benchmarks/driver/report.hpp"
#include "benchmarks/driver/task.hpp"
#include "framework/base/counted.hpp"
#include "framework/base/error.hpp"
#include "framework/io/atomic_file.hpp"
#include "framework/io/input_file.hpp"

#include <cstdint>
#include <limits>
#include <set>
#include <system_error>
#include <utility>

#include <fmt/core.h>
#include <fmt/ranges.h>

namespace credence::benchmarks {
namespace {

namespace fs = std::filesystem;

std::string file_of(const std::string& method) { return method + ".safetensors"; }

// Nothing where the method is to be trained.
std::optional<fs::path> stored_file(const Options& options, const std::string& method) {
  if (!options.pretrained) return {};
  fs::path file = *options.pretrained / file_of(method);
  std::error_code error;
  if (!fs::exists(file, error)) return {};
  return file;
}

std::vector<fs::path> stored_files(const Options& options) {
  std::vector<fs::path> files;
  for (const std::string& name : options.methods) {
    if (auto file = stored_file(options, name)) files.push_back(std::move(*file));
  }
  return files;
}

StoredModel read(const Options& options, const RunSets& images, const MethodEntry& entry,
                 const fs::path& file) {
  StoredModelOptions wanted{.checkpoint = file, .model = options.model, .key_map = options.key_map};
  wanted.family = entry.family;
  wanted.computing = options.computing;
  StoredModel stored = read_stored_model(wanted);
  require_fitting(options, stored, images, file.string());
  const std::string& name = entry.stored.empty() ? entry.name : entry.stored;
  if (stored.method->name() != name) {
    throw FileError(file.string(),
                    fmt::format("is of the method {}, not {}", stored.method->name(), name));
  }
  return stored;
}

MethodRun load(const Options& options, const RunSets& images, const MethodEntry& entry,
               const fs::path& file) {
  StoredModel stored = read(options, images, entry, file);
  // The file says how the method was made, which the options of this run do not.
  if (options.out) {
    constexpr std::uint64_t kAnySize = std::numeric_limits<std::uint64_t>::max();
    io::write_file_atomically(*options.out / file_of(entry.name),
                              io::read_file(file, "a trained model", kAnySize));
  }
  return {.method = std::move(stored.method),
          .training_seconds = stored.training_seconds,
          .activation = stored.model.activation,
          .keeps = std::move(stored.model.module)};
}

MethodRun make(const Parts& parts, const MethodEntry& entry, Comparison& comparison) {
  const Options& options = comparison.options();
  MethodRun run = entry.run(comparison);
  if (!options.out) return run;
  std::map<std::string, std::string> metadata =
      model_metadata(options, run.activation, entry.family, parts);
  metadata.insert(run.metadata.begin(), run.metadata.end());
  metadata["training_seconds"] = fmt::format("{}", run.training_seconds);
  bayes::save_method(*options.out / file_of(entry.name), *run.method, metadata);
  return run;
}

std::size_t bytes_of(const bayes::Method& method) {
  io::SafeTensors file;
  bayes::MethodWriter(file).part({}, method);
  std::size_t bytes = 0;
  for (const NamedTensor& stored : file.tensors) bytes += stored.tensor.bytes();
  return bytes;
}

class Run {
 public:
  Run(const Options& options, const RunSets& images)
      : options_(options), parts_(parts_of(options, images)) {
    if (options.ood_data) {
      other_ = find_ood_data(*options.ood_data, images.test, options.data_dir, options.seed);
    }
  }

  ComparisonResult results() {
    ComparisonResult result{.data = data_of(options_, parts_),
                            .other = other_ ? other_->name : std::string()};
    Comparison comparison(options_, parts_);
    for (const std::string& name : options_.methods) {
      const MethodEntry& entry = method_named(name);
      const std::optional<fs::path> file = stored_file(options_, name);
      const MethodRun run =
          file ? load(options_, parts_.sets, entry, *file) : make(parts_, entry, comparison);
      result.methods.push_back(evaluate(name, run));
    }
    return result;
  }

 private:
  MethodResult evaluate(const std::string& name, const MethodRun& run) {
    bayes::Method& method = *run.method;
    const data::Dataset& test = parts_.sets.test;
    const Stopwatch time;
    const bayes::ClassPredictions own =
        method_predictions(options_, method, name, test, "test images", parts_.normalize);
    const double seconds = time.seconds();
    MethodResult result{.name = name,
                        .passes = own.log_probabilities.shape()[0],
                        .bytes = bytes_of(method),
                        .training_seconds = run.training_seconds,
                        .prediction_seconds = seconds,
                        .report = bayes::classification_report(own)};
    for (int i = 0; other_ && i < other_->count(); ++i) {
      const data::Dataset set = other_->set(i, test, options_.seed);
      const bayes::ClassPredictions predictions = method_predictions(
          options_, method, name, set, "images of " + set.name, parts_.normalize);
      result.others.push_back(
          ood_report(own, predictions, set.name, other_->corruption ? i + 1 : 0));
    }
    return result;
  }

  const Options& options_;
  const Parts parts_;
  std::optional<OodData> other_;
};

std::vector<std::string> trials(const Options& options) {
  std::set<std::string> names;
  for (const std::string& name : options.methods) {
    if (stored_file(options, name)) continue;
    const MethodEntry& entry = method_named(name);
    const std::vector<std::string> own =
        entry.trials ? entry.trials(options) : std::vector<std::string>{name};
    names.insert(own.begin(), own.end());
  }
  return {names.begin(), names.end()};
}

// Throws before anything is trained.
void check(const Options& options, const RunSets& images) {
  for (const std::string& name : options.methods) {
    const MethodEntry& entry = method_named(name);
    if (const auto file = stored_file(options, name)) {
      read(options, images, entry, *file);
    } else if (entry.dropout && !model_named(options.model).takes_dropout) {
      throw ValueError("--methods: " + options.model + " has no dropout, which " + name + " needs");
    }
  }
  if (options.ood_data) {
    find_ood_data(*options.ood_data, images.test, options.data_dir, options.seed);
  }
}

std::vector<std::string> files(const Options& options) {
  std::vector<std::string> names;
  for (const std::string& name : options.methods) names.push_back(file_of(name));
  names.insert(names.end(), {"compare.png", "compare.svg"});
  return names;
}

}  // namespace

ComparisonResult run_comparison(const Options& options, const RunSets& images) {
  ComparisonResult result = Run(options, images).results();
  if (options.out) {
    draw_comparison(
        fmt::format("{} on {} of {}", options.model,
                    counted(result.data.test_samples, "test image"), result.data.dataset),
        result, *options.out / "compare");
  }
  return result;
}

Task compare_task() {
  return {
      .name = "compare",
      .help =
          "train the methods of --methods on the same data and epochs and compare what their "
          "predictions are worth and what they cost",
      .models = 2,
      .pretrained = PretrainedUse{.families = {},
                                  .help = "take the methods that have a file NAME.safetensors in "
                                          "this folder, and train the others",
                                  .files = stored_files},
      .ood_data = OodUse::optional,
      .methods = true,
      .files = files,
      .trials = trials,
      .settings = [](const Options& options) -> RunSettings {
        return {{"ood_data", options.ood_data ? text_setting(*options.ood_data) : "null"},
                {"methods", text_setting(fmt::format("{}", fmt::join(options.methods, ",")))},
                {"members", std::to_string(members_of(options))}};
      },
      .training_text =
          [](const Options& options) {
            return training_text(options, counted(options.epochs, "epoch"));
          },
      .check = check,
      .run = [](const Options& options, const RunSets& images) -> Report {
        const ComparisonResult result = run_comparison(options, images);
        return {comparison_tables(result), comparison_json(options, result)};
      }};
}

}  // namespace credence::benchmarks
