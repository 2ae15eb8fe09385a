// The commands that a run's summary ends with.
#include "benchmarks/driver/next_commands.hpp"

#include "benchmarks/common/provenance.hpp"
#include "benchmarks/driver/run_folder.hpp"
#include "benchmarks/driver/tables.hpp"
#include "benchmarks/driver/task.hpp"

#include <algorithm>

#include <fmt/core.h>
#include <fmt/ranges.h>

namespace credence::benchmarks {
namespace {

std::string path(const Options& options, const std::string& name) {
  return shell_quoted((*options.out / name).string());
}

// What says which data the run had, for commands that read it too.
std::string data_arguments(const Options& options) {
  return options.data_dir ? " --data-dir " + shell_quoted(options.data_dir->string()) : "";
}

// Another task with the models of the run, and its data.
std::string task_command(const Options& options, const std::string& task, const std::string& more) {
  const Options defaults;
  std::string text = fmt::format("credence-bench --task {} --model {} --dataset {}{}", task,
                                 options.model, options.dataset, data_arguments(options));
  if (!options.classes.empty()) {
    text += " --classes " + shell_quoted(fmt::format("{}", fmt::join(options.classes, ",")));
  }
  if (options.image) {
    text += fmt::format(" --image-size {} --channels {}", (*options.image)[1], (*options.image)[0]);
  }
  if (options.seed != defaults.seed) text += fmt::format(" --seed {}", options.seed);
  if (options.validation != defaults.validation && options.validation != kTenth) {
    text += fmt::format(" --validation {}", options.validation);
  }
  if (options.held_out > 0) text += fmt::format(" --held-out {}", options.held_out);
  return text + fmt::format(" --pretrained {}{} --out {}", shell_quoted(options.out->string()),
                            more, path(options, task));
}

// How far do the run's figures depend on chance?
std::string with_another_seed(const Options& options) {
  const std::string seed = std::to_string(options.seed + 1);
  return fmt::format("credence-bench --config {} --seed {} --out {}", path(options, "config.toml"),
                     seed, shell_quoted(options.out->string() + "-seed-" + seed));
}

}  // namespace

std::vector<std::string> next_commands(const Options& options) {
  if (!options.out) return {};
  const std::vector<std::string> files = files_of_run(options);
  const auto has = [&](const char* file) {
    return std::find(files.begin(), files.end(), file) != files.end();
  };
  const bool images = !task_of(options).own_data && !is_table(options.dataset);
  const bool bayesian = images && has("bayesian.safetensors");
  const bool pair = bayesian && has("frequentist.safetensors");
  std::vector<std::string> result;
  if (pair && options.task != "calib" && options.validation != 0) {
    result.push_back(task_command(options, "calib", ""));
  }
  if (pair && options.task != "ood") {
    result.push_back(task_command(options, "ood", " --ood-data gaussian-noise"));
  }
  if (bayesian) {
    const std::string file = " --checkpoint " + path(options, "bayesian.safetensors");
    result.push_back("credence-bench predict" + file + " PICTURE");
    result.push_back("credence-bench prune" + file + data_arguments(options) + " --out " +
                     path(options, "pruned"));
  }
  if (is_table(options.dataset) && has("bayesian.safetensors") && !task_of(options).own_data) {
    result.push_back("credence-bench evaluate --checkpoint " +
                     path(options, "bayesian.safetensors") + " --dataset TABLE");
  }
  if (!options.pretrained) result.push_back(with_another_seed(options));
  result.resize(std::min<std::size_t>(result.size(), 3));
  return result;
}

}  // namespace credence::benchmarks
