// The files of a run in its folder: which are there, which may be replaced.
#include "benchmarks/driver/run_folder.hpp"

#include "benchmarks/common/results_file.hpp"
#include "benchmarks/driver/pretrained.hpp"
#include "benchmarks/driver/run_settings.hpp"
#include "benchmarks/driver/task.hpp"
#include "benchmarks/driver/trial_logs.hpp"
#include "benchmarks/driver/trial_state.hpp"
#include "framework/base/error.hpp"
#include "framework/io/atomic_file.hpp"

#include <optional>
#include <system_error>

#include <fmt/core.h>

namespace credence::benchmarks {
namespace {

namespace fs = std::filesystem;

std::vector<fs::path> existing(const std::vector<fs::path>& paths) {
  std::vector<fs::path> found;
  for (const fs::path& path : paths) {
    std::error_code error;
    // Whatever cannot be looked at may be there.
    if (fs::exists(fs::symlink_status(path, error))) found.push_back(path);
  }
  return found;
}

std::vector<fs::path> states_in(const Options& options) {
  std::vector<fs::path> states;
  for (const std::string& trial : trials_of(options)) {
    const std::vector<fs::path> own = trial_state_files(options, trial)->files();
    states.insert(states.end(), own.begin(), own.end());
  }
  return states;
}

std::vector<fs::path> outputs_of(const Options& options) {
  std::vector<fs::path> paths;
  for (const std::string& name : files_of_run(options)) paths.push_back(*options.out / name);
  return paths;
}

void require_pretrained_to_stay(const Options& options) {
  for (const fs::path& pretrained : pretrained_files(options)) {
    for (const fs::path& path : outputs_of(options)) {
      std::error_code error;
      if (!fs::equivalent(path, pretrained, error)) continue;
      throw FileError(path.string(), "is the model of --pretrained, which this run would replace");
    }
  }
}

// Nothing where all are there.
std::optional<fs::path> missing(const std::vector<fs::path>& outputs) {
  for (const fs::path& path : outputs) {
    std::error_code error;
    if (!fs::exists(path, error)) return path;
  }
  return {};
}

void require_finished(const Options& options, const RunSettings& settings,
                      const RunSettings& inputs) {
  const std::vector<fs::path> outputs = outputs_of(options);
  require_results_of(outputs.front(), settings, inputs);
  if (const auto path = missing(outputs)) {
    throw FileError(path->string(),
                    "is missing beside the results of its run; with --force in place of --resume "
                    "training begins anew");
  }
}

void require_force(const Options& options, const std::vector<fs::path>& states,
                   const std::vector<fs::path>& outputs) {
  if (options.force) return;
  if (!states.empty()) {
    throw FileError(states.front().string(),
                    "is the saved state of an interrupted run; --resume goes on from it, --force "
                    "begins anew");
  }
  if (!outputs.empty()) {
    throw FileError(outputs.front().string(),
                    "is there from an earlier run; --force replaces that run's files, another "
                    "--out leaves them");
  }
}

}  // namespace

std::vector<std::string> files_of_run(const Options& options) {
  std::vector<std::string> files = task_of(options).files(options);
  files.insert(files.begin(), "results.json");
  return files;
}

Beginning beginning_of(const Options& options, const Parts& parts) {
  if (!options.out) return Beginning::anew;
  require_pretrained_to_stay(options);
  const std::vector<fs::path> states = states_in(options);
  const std::vector<fs::path> outputs = existing(outputs_of(options));
  if (options.resume) {
    const RunSettings settings = settings_of(options);
    const RunSettings inputs = inputs_of(options, parts);
    // A run that was killed after its last file has states too, which it was about to remove.
    const bool complete = !missing(outputs_of(options)).has_value();
    if (!states.empty() && !complete) {
      for (const std::string& trial : trials_of(options)) {
        require_state_of(*trial_state_files(options, trial), settings, inputs);
      }
      return Beginning::resumed;
    }
    if (!outputs.empty() && outputs.front().filename() == "results.json") {
      require_finished(options, settings, inputs);
      return Beginning::finished;
    }
  }
  require_force(options, states, outputs);
  return Beginning::anew;
}

std::optional<io::FolderLock> lock_folder(const Options& options) {
  std::optional<io::FolderLock> lock;
  if (options.out) lock.emplace(*options.out);
  return lock;
}

void prepare_folder(const Options& options, Beginning beginning) {
  if (beginning == Beginning::finished) {
    io::remove_abandoned_files(*options.out);
    remove_trial_states(options);
    return;
  }
  if (options.out) require_writable(*options.out / "results.json");
  require_writable(options.json);
  if (!options.out) return;
  io::remove_abandoned_files(*options.out);
  if (beginning != Beginning::anew) return;
  // A later --resume is not to meet what another run left.
  remove_trial_states(options);
  std::error_code error;
  for (const std::string& name : log_files(trials_of(options))) {
    fs::remove(*options.out / name, error);
    if (error)
      throw FileError((*options.out / name).string(), "cannot be removed: " + error.message());
  }
  const fs::path results = *options.out / "results.json";
  fs::remove(results, error);
  if (error) throw FileError(results.string(), "cannot be removed: " + error.message());
}

}  // namespace credence::benchmarks
