// The options of training habits.
#include "benchmarks/common/command_line.hpp"
#include "benchmarks/driver/option_groups.hpp"

#include <limits>

#include <fmt/core.h>
#include <fmt/ranges.h>

namespace credence::benchmarks {
namespace {

constexpr std::int64_t kMostEpochs = 1'000'000;
constexpr double kLeast = std::numeric_limits<float>::min();
constexpr const char* kGroup = "Training habits";
constexpr const char* kLogGroup = "Logs";
constexpr const char* kSkip = "skip";

void add_schedule(CLI::App& app, TrainingHabits& habits) {
  app.add_option("--schedule", habits.schedule,
                 "Learning rate over the run: recipe (the recipe's own), constant, cosine, step "
                 "(a factor every --schedule-period epochs), exponential (a factor each epoch), "
                 "one-cycle")
      ->check(CLI::IsMember(schedule_names()))
      ->type_name("NAME")
      ->capture_default_str()
      ->group(kGroup);
  add_number(app, "--schedule-period", habits.schedule_period, Bounds<std::int64_t>{1, kMostEpochs},
             "For schedule step: epochs from one factor to the next (default: a third of them)")
      ->group(kGroup);
  add_number(app, "--schedule-factor", habits.schedule_factor, Bounds<double>{kLeast, 1},
             "For schedules step and exponential (default: 0.1 and 0.95)")
      ->type_name("FACTOR")
      ->group(kGroup);
  add_number(app, "--plateau", habits.plateau, Bounds<std::int64_t>{0, kMostEpochs},
             "Lower the learning rate after more than N epochs without improvement of --watch")
      ->group(kGroup);
  add_number(app, "--plateau-factor", habits.plateau_factor, Bounds<double>{kLeast, 0.999999},
             "What it is then multiplied by")
      ->type_name("FACTOR")
      ->capture_default_str()
      ->group(kGroup);
}

void add_stopping(CLI::App& app, TrainingHabits& habits) {
  app.add_option("--watch", habits.watch,
                 "Figure that --plateau, --patience and --keep-best compare epochs by: loss, a "
                 "term of it, \"validation accuracy\", … (default: \"validation nll\", without "
                 "--validation loss)")
      ->type_name("FIGURE")
      ->group(kGroup);
  add_number(app, "--patience", habits.patience, Bounds<std::int64_t>{1, kMostEpochs},
             "End a training run after N epochs without improvement of --watch")
      ->group(kGroup);
  add_number(app, "--min-delta", habits.min_delta, Bounds<double>{0, 1e15},
             "For --patience: the least change that is an improvement")
      ->type_name("D")
      ->capture_default_str()
      ->group(kGroup);
  app.add_flag("--keep-best", habits.keep_best,
               "Give the trained model the weights of the best epoch by --watch, not the last")
      ->group(kGroup);
}

void add_on_nan(CLI::App& app, TrainingHabits& habits) {
  app.add_option_function<std::string>(
         "--on-nan",
         [&habits](const std::string& what) {
           habits.on_nan = what == kSkip ? train::OnNan::skip : train::OnNan::stop;
         },
         "Where the loss or the gradient of a step is NaN or infinite: stop ends the run with an "
         "error, skip leaves out the step and counts it (default: stop)")
      ->check(CLI::IsMember(std::vector<std::string>{"stop", kSkip}))
      ->type_name("NAME")
      ->group(kGroup);
}

void add_targets(CLI::App& app, TrainingHabits& habits) {
  add_number(app, "--accumulate", habits.accumulate, Bounds<std::int64_t>{1, 1'000'000},
             "Batches whose gradients are added up to one training step")
      ->capture_default_str()
      ->group(kGroup);
  add_number(app, "--label-smoothing", habits.label_smoothing, Bounds<double>{0, 1},
             "Share of each label that is spread evenly over all classes")
      ->type_name("SHARE")
      ->capture_default_str()
      ->group(kGroup);
  add_number(app, "--class-weights", habits.class_weights, Bounds<double>{0, 1e6},
             "Weights of the classes in the loss, with commas between, in the order of labels "
             "(default: all 1)")
      ->delimiter(',')
      ->multi_option_policy(CLI::MultiOptionPolicy::Throw)
      ->type_name("W,…")
      ->expected(1, 1'000'000)
      ->group(kGroup);
}

}  // namespace

void add_habits(CLI::App& app, TrainingHabits& habits) {
  add_schedule(app, habits);
  add_stopping(app, habits);
  add_on_nan(app, habits);
  add_targets(app, habits);
  add_number(app, "--log", habits.log, Bounds<std::int64_t>{0, 1'000'000'000},
             "Write every N-th step and every epoch of each training run to --out, as CSV and "
             "JSON lines; 0 for epochs alone")
      ->group(kLogGroup);
  app.add_flag("--tensorboard", habits.tensorboard,
               "Write event files of each training run to --out/tensorboard")
      ->group(kLogGroup);
}

}  // namespace credence::benchmarks
