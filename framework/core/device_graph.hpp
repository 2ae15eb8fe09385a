// Work on the device that is recorded once and replayed with one call: a CUDA graph. Small models
// wait for the starting of kernels more than for the kernels.
#pragma once

#include "framework/base/function_ref.hpp"

#include <cstdint>
#include <memory>

namespace credence {

/// Recorded work. Copies share it.
class DeviceGraph {
 public:
  /// Nothing to replay.
  DeviceGraph() = default;
  /// Calls `work` and records what it puts into the stream, which is not done now. The memory that
  /// it allocates stays the graph's; what it reads and writes besides must outlive the graph.
  /// Throws what `work` throws, and Error where it waits for the device, copies from or to the host
  /// or records itself: nothing is recorded then, and the stream is as before.
  static DeviceGraph record(FunctionRef<void()> work);

  explicit operator bool() const { return recording_ != nullptr; }
  /// Puts the work into the stream; its random layers draw `draws` numbers further on than when it
  /// was recorded.
  void replay(std::uint64_t draws) const;

 private:
  class Recording;
  std::shared_ptr<const Recording> recording_;
};

}  // namespace credence
