// The sums of an epoch. They are added up on the model's device, so that no step waits for it.
#pragma once

#include "framework/train/objective.hpp"
#include "framework/train/run_state.hpp"

namespace credence::train {

/// The loss, the objective's terms and the number of correct samples of an epoch so far.
class RunningSums {
 public:
  /// Starts from the loss, the terms and the correct samples of `begun`.
  RunningSums(Device device, const EpochSums& begun);

  /// Adds the mean loss and terms of a batch, each multiplied by its number of samples, and its
  /// number of correct samples. Throws Error where the names of the terms differ from those of the
  /// first batch.
  void add(const Loss& loss, const Tensor& labels);
  /// Adds a number, such as a gradient's norm, whose finiteness read() reports.
  void add_finite_check(const Tensor& scalar);
  /// Writes the sums so far to the loss, the terms and the correct samples of `sums`. On a device
  /// this waits for the work. Returns whether the loss and all numbers given to add_finite_check
  /// were finite. Throws ValueError where a label was outside the classes.
  bool read(EpochSums& sums) const;

 private:
  Tensor totals_;  ///< float64 [2 + Scalars::kMost]: correct, finite checks, loss, terms
  std::vector<std::string> terms_;
};

}  // namespace credence::train
