// The check that loss, gradients and parameters of each step of fit are finite, and what happens
// where they are not.
#pragma once

#include "framework/train/fit.hpp"
#include "framework/train/running_sums.hpp"
#include "framework/train/step_history.hpp"

#include <optional>
#include <string>
#include <vector>

namespace credence::train {

/// The calls come in the order of a step. On the CPU a fault is found within its step. On a device,
/// where reading a number waits, a run that stops finds it at the next read() and a run that skips
/// waits in each step.
class StepCheck {
 public:
  /// All arguments must outlive the object.
  StepCheck(nn::Module& model, optim::Optimizer& optimizer, const FitOptions& options,
            RunningSums& sums);

  /// Whether steps that go wrong are dropped.
  bool skips() const { return options_.on_nan == OnNan::skip; }
  /// Of so many steps, of which `first` is the next.
  void start_epoch(std::int64_t epoch, std::int64_t steps, std::int64_t first);
  /// Keeps what drop() restores.
  void begin_step(const TrainingPosition& position);
  /// Part of the work of a batch, as the next two: throws where the loss of a run that stops is not
  /// finite, on the CPU.
  void loss_done(const Tensor& loss, const Batch& batch) const;
  /// Of a step whose gradients are complete; likewise.
  void gradient_done(const Batch& batch) const;
  /// Of a step whose parameters have changed; likewise.
  void update_done() const;
  /// Outside of that work, at the end of each step of a run that stops.
  void step_done();
  /// Throws where a step on a device since the last read() was not finite. `batch` is the last one.
  void read(const Batch& batch);
  /// What is not finite in the step of a run that skips, "the loss" or "the gradient's norm";
  /// nothing where it may be made. `totals` are the sums after its last batch.
  std::optional<std::string> fault(const RunningSums::Totals& totals) const;
  /// Drops the step: parameters, buffers and the optimiser's state are as they were before it.
  /// Throws where the parameters themselves are not finite, because then no step can be made.
  void drop();
  /// Throws Error where a parameter or buffer is not finite.
  void require_finite_model() const;
  /// A state of this number of steps was written, or read.
  void note_saved(std::int64_t steps) { saved_ = steps; }

 private:
  [[noreturn]] void fail(const std::string& what, std::int64_t step,
                         const std::optional<std::string>& cause, const std::string& advice) const;
  std::optional<std::string> place_of_loss(const Batch& batch) const;
  std::string last_state() const;

  nn::Module& model_;
  optim::Optimizer& optimizer_;
  const FitOptions& options_;
  RunningSums& sums_;
  const bool on_host_;
  TrainingPosition position_;
  std::int64_t epoch_ = 0;
  std::int64_t epoch_steps_ = 0;
  StepHistory history_;
  std::vector<Tensor> buffers_;  ///< before the step, where steps are dropped
  std::optional<std::int64_t> saved_;
};

}  // namespace credence::train
