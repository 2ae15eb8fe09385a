// The sums of an epoch, added up where the model is: a device is not waited for.
#pragma once

#include "framework/train/objective.hpp"
#include "framework/train/run_state.hpp"

namespace credence::train {

class RunningSums {
 public:
  /// Goes on from `begun`; its counts of samples, the rate and the time are not this class's.
  RunningSums(Device device, const EpochSums& begun);

  /// Adds the loss and the terms of a batch, each times its samples, and how many of them are
  /// right. Throws Error for terms of other names than before.
  void add(const Loss& loss, const Tensor& labels);
  /// Adds a number that must be finite for the sums to be of any use, such as a gradient's norm.
  void add_witness(const Tensor& scalar);
  /// Puts what was added up so far into the loss, the terms and the correct samples of `sums`. On a
  /// device this waits for its work. Returns whether the loss and all witnesses were finite. Throws
  /// ValueError where a label was outside the classes.
  bool read(EpochSums& sums) const;

 private:
  Tensor totals_;  ///< float64 [3 + Scalars::kMost]: correct, witnesses, loss, terms
  std::vector<std::string> terms_;
};

}  // namespace credence::train
