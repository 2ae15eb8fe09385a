// Batches on a device. They are copied there while the device computes.
#pragma once

#include "framework/device/backend.hpp"
#include "framework/train/batch.hpp"

#include <array>
#include <memory>
#include <vector>

namespace credence::train {

/// The batches of a source, on a device. Batches on the host are copied one ahead, while the device
/// works on the batch before. A batch is valid until the next one is asked for. Batches that are on
/// the device already, as all are on the CPU, are passed on without a copy.
class DeviceSource : public BatchSource {
 public:
  /// `source` must outlive the object.
  DeviceSource(BatchSource& source, Device device);

  std::int64_t samples() const override { return source_.samples(); }
  std::int64_t batches() const override { return source_.batches(); }
  std::int64_t classes() const override { return source_.classes(); }
  void start_epoch(std::int64_t epoch) override;
  bool next(Batch& batch) override;
  bool take_share(const BatchShare& share) override { return source_.take_share(share); }

 private:
  // The memory of a tensor on the device, and the page-locked memory of its copy.
  struct Place {
    Tensor memory;
    std::unique_ptr<device::Upload> upload;
  };
  struct Slot {
    std::vector<Place> places;  ///< of a batch's tensors, in the order of map_tensors
    Batch filled;               ///< the parts of their memory that hold the batch
  };

  bool first(Batch& batch);
  void copy(const Batch& host, Slot& slot);
  void fetch(Slot& slot);

  BatchSource& source_;
  Device device_;
  std::array<Slot, 2> slots_;
  std::size_t turn_ = 0;  ///< the slot that is given out next
  enum class Way : std::uint8_t { unknown, direct, copied } way_ = Way::unknown;
};

}  // namespace credence::train
