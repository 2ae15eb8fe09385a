// The files from which an interrupted trial goes on: the states of train::fit, and beside each,
// under names that begin with "trial.", the scores of the finished epochs, the model of the best of
// them and the settings of the run.
#pragma once

#include "benchmarks/driver/layer_history.hpp"
#include "benchmarks/driver/run_settings.hpp"
#include "framework/io/safetensors.hpp"
#include "framework/train/state_files.hpp"

#include <filesystem>
#include <optional>
#include <vector>

namespace credence::benchmarks {

/// The newest state's file, OUT/TRIAL.state.safetensors; nothing without a folder.
std::optional<std::filesystem::path> trial_state_file(const Options& options,
                                                      const std::string& trial);
/// That of a trial which has its family's name.
std::optional<std::filesystem::path> trial_state_file(const Options& options, Family family);

/// The files of the trial's last `options.keep` states; nothing without a folder.
std::optional<train::StateFiles> trial_state_files(const Options& options,
                                                   const std::string& trial);

/// The names of the trials of the options' task.
std::vector<std::string> trials_of(const Options& options);

/// Removes the files of all trials where they are: of a run that has come to its end, or of an
/// older one.
void remove_trial_states(const Options& options);

/// The settings and inputs of the run, with the model's family and activation, and the trial's own
/// seed where it has one.
RunSettings trial_settings(const Options& options, const Parts& parts, const NamedModel& model,
                           const Trial& trial);

/// Throws FileError where no file holds a whole state, or where the newest that is whole is no
/// state or is of a run with other settings and inputs; the model's own activation is left to
/// load_trial_state. Nothing to check where there is no file.
void require_state_of(train::StateFiles files, RunSettings settings, const RunSettings& inputs);

struct TrialState {
  std::filesystem::path file{};              ///< that it was loaded from
  io::SafeTensors fit{};                     ///< as train::fit gave it
  std::vector<train::EpochReport> epochs{};  ///< the finished ones, with their scores
  LayerHistory layers{};                     ///< Bayesian: after each of them
  std::vector<Tensor> chosen{};              ///< of the epoch with the best validation accuracy
  /// Of a trial at its end: FamilyResult's last, last_mean and chosen, those that it has.
  std::vector<train::Metrics> final_scores{};
};

/// Throws FileError where the file cannot be written; no older state is then lost.
void save_trial_state(train::StateFiles& files, const RunSettings& settings,
                      const TrialState& state);

/// The newest state that is whole; nothing where there is no file. Says on stderr, in a line each,
/// what is wrong with newer ones. Of a Bayesian model `kl` and `log_alpha` name the layers of
/// LayerHistory, with any numbers. Throws FileError for a file that cannot be read or is of a run
/// with other settings, naming the first that differs.
std::optional<TrialState> load_trial_state(train::StateFiles& files, const RunSettings& settings,
                                           const LayerNumbers& kl = {},
                                           const LayerNumbers& log_alpha = {});

}  // namespace credence::benchmarks
