// Which step of an epoch on a device went wrong, found without a wait for each step.
#pragma once

#include "framework/core/tensor.hpp"

#include <cstdint>
#include <optional>

namespace credence::train {

/// Two numbers of each step of an epoch, kept on the device: a check that is finite where the
/// parameters are, and the sum of the epoch's losses so far.
class StepHistory {
 public:
  /// A step whose numbers are not finite.
  struct Fault {
    std::int64_t step = 0;  ///< of the epoch, from 0
    bool loss = false;      ///< whether it is the loss, else a gradient or a parameter
  };

  /// Starts an epoch of so many steps, of which `first` is the next.
  void start(std::int64_t steps, std::int64_t first);
  /// Copies the float64 [2] of the next step, by work on their device.
  void add(const Tensor& check_and_loss);
  /// The first fault of the steps that were added since the last call. This waits for the device.
  std::optional<Fault> first_fault();
  /// Steps of the epoch that were added, with those before `first`.
  std::int64_t steps() const { return next_; }

 private:
  Tensor numbers_;  ///< float64 [steps, 2]
  std::int64_t steps_ = 0;
  std::int64_t next_ = 0;
  std::int64_t read_ = 0;
};

}  // namespace credence::train
