// How a training run of credence-bench is made, beside its recipe: schedule, accumulation, early
// end, weights of classes, logs.
#pragma once

#include "framework/train/fit.hpp"

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace credence::benchmarks {

/// What the options ask for. The defaults change nothing of the recipe.
struct TrainingHabits {
  std::string schedule = "recipe";                ///< one of schedule_names()
  std::optional<std::int64_t> schedule_period{};  ///< of step, in epochs
  std::optional<double> schedule_factor{};        ///< of step and exponential
  std::optional<std::int64_t> plateau{};          ///< the patience of a plateau schedule, in epochs
  double plateau_factor = 0.1;
  std::int64_t accumulate = 1;             ///< batches whose gradients make a step
  std::optional<std::string> watch{};      ///< train::Watch::figure
  std::optional<std::int64_t> patience{};  ///< of an early end, in epochs
  double min_delta = 0;
  bool keep_best = false;
  double label_smoothing = 0;
  std::vector<double> class_weights{};
  std::optional<std::int64_t> log{};  ///< steps from one line of the log to the next, 0 for epochs
  bool tensorboard = false;
  train::OnNan on_nan = train::OnNan::stop;  ///< may differ between a run and its resumption

  /// Whether an epoch's figure decides about the run or its result.
  bool watches() const { return plateau || patience || keep_best; }
  /// Steps of an epoch of so many batches.
  std::int64_t steps_of(std::int64_t batches) const {
    return (batches + accumulate - 1) / accumulate;
  }
  bool plain_targets() const { return label_smoothing == 0 && class_weights.empty(); }
};

/// The values of --schedule.
const std::vector<std::string>& schedule_names();

/// What the run watches: the figure of --watch, by default "validation nll" where samples are held
/// back and "loss" where none are. A figure whose name ends with "accuracy" is better where it is
/// larger, others where they are smaller.
train::Watch watch_of(const TrainingHabits& habits, bool validation);

/// Throws ValueError, beginning with the option's name, where options do not go together.
void require_habits(const TrainingHabits& habits, bool validation);

/// The learning rate's schedule in a run of so many epochs of `batches` batches; nothing for the
/// recipe's own.
std::optional<optim::Schedule> schedule_of(const TrainingHabits& habits, std::int64_t epochs,
                                           std::int64_t batches);

/// The cross-entropy's options on this device.
CrossEntropyOptions cross_entropy_of(const TrainingHabits& habits, Device device);

/// Puts accumulation, the watched figure and what follows from it into the settings of fit.
void apply_habits(const TrainingHabits& habits, bool validation, train::FitOptions& fit);

/// ", schedule one-cycle, 4 batches a step, …": what is not the default.
std::string habits_text(const TrainingHabits& habits);

}  // namespace credence::benchmarks
