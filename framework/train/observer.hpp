// What watches a training run and keeps a state of its own.
#pragma once

#include "framework/io/safetensors.hpp"
#include "framework/nn/module.hpp"
#include "framework/train/objective.hpp"
#include "framework/train/progress.hpp"

#include <string>
#include <vector>

namespace credence::train {

/// What the batches of one step came to.
struct StepReport {
  TrainingPosition position;
  std::int64_t epoch = 0;  ///< from 0
  std::int64_t samples = 0;
  double loss = 0;                     ///< mean over the samples
  std::vector<NamedValue> monitors{};  ///< the objective's, on these samples
  double learning_rate = 0;
  double seconds = 0;  ///< of training in this epoch, up to the end of the step
};

/// Sees the model after each step of fit, for example to average its weights or to write a log. Its
/// state is saved and restored with the run's, so that a resumed run equals one without
/// interruption.
class Observer {
 public:
  virtual ~Observer() = default;
  /// The observer's name in the state of a run; no two of one run have the same.
  virtual std::string name() const = 0;
  /// Called after the step at `position`, which the parameters have made.
  virtual void after_step(nn::Module& model, const TrainingPosition& position) = 0;
  /// The number n of steps from one report to the next: steps n, 2n, … of the run, counted from 1,
  /// are reported. A device is waited for before and after such a step. 0, the default, is for
  /// none.
  virtual std::int64_t reported_steps() const { return 0; }
  /// Called with the report of such a step.
  virtual void report_step(nn::Module&, const StepReport&) {}
  /// Called after each epoch, when FitOptions::after_epoch has filled in its report.
  virtual void report_epoch(nn::Module&, const EpochReport&) {}
  /// The tensors that later calls depend on.
  virtual std::vector<NamedTensor> state() const = 0;
  /// Restores them; called before the first step of a resumed run. `state` holds the tensors of
  /// state() under their names. Throws ValueError where they are not of such an observer.
  virtual void restore(const io::SafeTensors& state) = 0;
};

}  // namespace credence::train
