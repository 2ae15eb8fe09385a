// Batches on a device, copied there while it computes.
#pragma once

#include "framework/device/backend.hpp"
#include "framework/train/batch.hpp"

#include <array>
#include <memory>

namespace credence::train {

/// The batches of a source, on a device. Those on the host are copied there one ahead, while the
/// device works on the batch before; a batch holds until the next is asked for. A source that has
/// its batches on the device already, as all have on the CPU, is handed through.
class DeviceSource : public BatchSource {
 public:
  /// `source` must outlive it.
  DeviceSource(BatchSource& source, Device device);

  std::int64_t samples() const override { return source_.samples(); }
  std::int64_t batches() const override { return source_.batches(); }
  void start_epoch(std::int64_t epoch) override;
  bool next(Batch& batch) override;

 private:
  // A batch's place on the device and on the way there.
  struct Slot {
    Batch memory;
    std::unique_ptr<device::Upload> images;
    std::unique_ptr<device::Upload> labels;
    Batch filled;  ///< the part of the memory that the batch has
  };

  bool first(Batch& batch);
  void copy(const Batch& host, Slot& slot);
  void fetch(Slot& slot);

  BatchSource& source_;
  Device device_;
  std::array<Slot, 2> slots_;
  std::size_t turn_ = 0;  ///< of the slot that is handed out next
  enum class Way : std::uint8_t { unknown, direct, copied } way_ = Way::unknown;
};

}  // namespace credence::train
