// Device work that is recorded once and replayed with one call: a CUDA graph. A step of a small
// model spends more time on starting kernels than on the kernels.
#pragma once

#include "framework/base/function_ref.hpp"

#include <cstdint>
#include <memory>

namespace credence {

/// Recorded work. Copies of the object share it.
class DeviceGraph {
 public:
  /// Holds no work: replay() throws Error.
  DeviceGraph() = default;
  /// Calls `work` and records what it puts into the stream; nothing of that runs during the call.
  /// Memory that `work` allocates belongs to the graph. Other memory that it reads or writes must
  /// outlive the graph. Throws what `work` throws, and Error where `work` waits for the device,
  /// copies between host and device or records itself. Then nothing is recorded and the stream is
  /// as before.
  static DeviceGraph record(FunctionRef<void()> work);

  explicit operator bool() const { return recording_ != nullptr; }
  /// Puts the work into the stream. Its random layers use draw numbers that are higher by `draws`
  /// than those of the recording.
  void replay(std::uint64_t draws) const;

 private:
  class Recording;
  std::shared_ptr<const Recording> recording_;
};

}  // namespace credence
