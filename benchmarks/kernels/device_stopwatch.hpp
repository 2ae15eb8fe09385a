// How long the CUDA device takes for a call.
#pragma once

#include "framework/core/tensor.hpp"
#include "framework/device/backend.hpp"

#include <functional>
#include <memory>

namespace credence::benchmarks {

/// Times a call on the device by the device's clock, in batches of equal calls. The calls of a
/// batch are put into the stream while the device is still busy with something else, so that it
/// never waits for the host between them: a kernel of a few microseconds takes the host longer to
/// start than the device to run.
class DeviceStopwatch {
 public:
  /// Runs the call a few times: what it sets up when it is first made is not timed. Throws Error
  /// without a usable device.
  explicit DeviceStopwatch(std::function<void()> call);

  /// How many calls are one batch: half a millisecond's, at most 50.
  int calls() const { return calls_; }
  /// Seconds that the host takes to put one call into the stream.
  double host_seconds() const { return host_seconds_; }
  /// Runs a batch; the seconds that the device takes for all of its calls together.
  double batch_seconds();

 private:
  // What keeps the device busy beforehand.
  void run_lead(int copies) const;
  double device_seconds(const std::function<void()>& work);

  std::function<void()> call_;
  Tensor lead_from_;
  Tensor lead_to_;
  std::unique_ptr<device::Timer> timer_ = device::backend().make_timer();
  double host_seconds_ = 0;
  int calls_ = 1;
  int lead_copies_ = 1;
};

}  // namespace credence::benchmarks
