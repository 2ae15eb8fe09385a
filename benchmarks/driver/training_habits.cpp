// Training habits as settings of train::fit.
#include "benchmarks/driver/training_habits.hpp"

#include "framework/base/counted.hpp"
#include "framework/base/error.hpp"

#include <algorithm>

#include <fmt/core.h>

namespace credence::benchmarks {
namespace {

constexpr double kStepFactor = 0.1;
constexpr double kExponentialFactor = 0.95;

}  // namespace

const std::vector<std::string>& schedule_names() {
  static const std::vector<std::string> names{"recipe", "constant",    "cosine",
                                              "step",   "exponential", "one-cycle"};
  return names;
}

train::Watch watch_of(const TrainingHabits& habits, bool validation) {
  const std::string figure = habits.watch.value_or(validation ? "validation nll" : "loss");
  return {figure, figure.ends_with("accuracy") ? optim::Better::larger : optim::Better::smaller};
}

void require_habits(const TrainingHabits& habits, bool validation) {
  if (habits.watch && !habits.watches()) {
    throw ValueError(
        "--watch: nothing follows from it without --patience, --keep-best or --plateau");
  }
  if (habits.watch && habits.watch->starts_with("validation ") && !validation) {
    throw ValueError("--watch: no samples are held back for \"" + *habits.watch +
                     "\" (--validation)");
  }
  if (habits.min_delta > 0 && !habits.patience) {
    throw ValueError("--min-delta: is for --patience alone");
  }
  if (habits.schedule_period && habits.schedule != "step") {
    throw ValueError("--schedule-period: is for --schedule step alone");
  }
  if (habits.schedule_factor && habits.schedule != "step" && habits.schedule != "exponential") {
    throw ValueError("--schedule-factor: is for --schedule step and exponential alone");
  }
}

std::optional<optim::Schedule> schedule_of(const TrainingHabits& habits, std::int64_t epochs,
                                           std::int64_t batches) {
  const std::int64_t steps = habits.steps_of(batches);
  if (habits.schedule == "constant") return optim::constant();
  if (habits.schedule == "cosine") return optim::cosine();
  if (habits.schedule == "one-cycle") return optim::one_cycle();
  if (habits.schedule == "step") {
    const std::int64_t period =
        habits.schedule_period.value_or(std::max<std::int64_t>((epochs + 2) / 3, 1));
    return optim::each_epoch(
        optim::step_decay(period, habits.schedule_factor.value_or(kStepFactor)), steps);
  }
  if (habits.schedule == "exponential") {
    return optim::each_epoch(
        optim::exponential(habits.schedule_factor.value_or(kExponentialFactor)), steps);
  }
  return std::nullopt;
}

CrossEntropyOptions cross_entropy_of(const TrainingHabits& habits, Device device) {
  CrossEntropyOptions options{.label_smoothing = habits.label_smoothing};
  if (!habits.class_weights.empty()) {
    options.classes.weight =
        Tensor::from({static_cast<std::int64_t>(habits.class_weights.size())}, habits.class_weights)
            .to(DType::float32)
            .to(device);
  }
  return options;
}

void apply_habits(const TrainingHabits& habits, bool validation, train::FitOptions& fit) {
  fit.accumulate = habits.accumulate;
  fit.on_nan = habits.on_nan;
  if (!habits.watches()) return;
  fit.watch = watch_of(habits, validation);
  if (habits.plateau) {
    fit.plateau = optim::Plateau{.factor = habits.plateau_factor, .patience = *habits.plateau};
  }
  if (habits.patience) {
    fit.early_stopping =
        train::EarlyStopping{.patience = *habits.patience, .min_delta = habits.min_delta};
  }
  fit.keep_best = habits.keep_best;
}

std::string habits_text(const TrainingHabits& habits) {
  std::string text;
  if (habits.schedule != "recipe") text += ", schedule " + habits.schedule;
  if (habits.plateau) text += fmt::format(", plateau of {}", counted(*habits.plateau, "epoch"));
  if (habits.accumulate > 1) text += fmt::format(", {} batches a step", habits.accumulate);
  if (habits.patience) text += fmt::format(", patience {}", counted(*habits.patience, "epoch"));
  if (habits.keep_best) text += ", best epoch kept";
  if (habits.label_smoothing > 0) {
    text += fmt::format(", label smoothing {:g}", habits.label_smoothing);
  }
  if (!habits.class_weights.empty()) text += ", class weights";
  return text;
}

}  // namespace credence::benchmarks
