// Copies of batches to a device: two slots, of which one is filled while the device works on the
// other.
#include "framework/train/device_source.hpp"

#include <cstring>

namespace credence::train {
namespace {

// Allocates memory for tensors of this type and shape, with as many samples or fewer, unless it is
// there already.
void make_room(const Tensor& like, Tensor& memory, std::unique_ptr<device::Upload>& upload,
               Device device) {
  const bool fits = memory.defined() && memory.dtype() == like.dtype() &&
                    memory.shape().with(0, 1) == like.shape().with(0, 1) &&
                    memory.shape()[0] >= like.shape()[0];
  if (fits) return;
  memory = Tensor::empty(like.shape(), like.dtype(), device);
  upload = device::backend().make_upload(like.bytes());
}

Tensor start_copy(const Tensor& from, const Tensor& memory, device::Upload& upload) {
  const Tensor part = memory.slice(0, from.shape()[0]);
  std::memcpy(upload.staging(), from.raw_data(), from.bytes());
  upload.start(part.raw_data(), from.bytes());
  return part;
}

}  // namespace

DeviceSource::DeviceSource(BatchSource& source, Device device) : source_(source), device_(device) {}

void DeviceSource::start_epoch(std::int64_t epoch) {
  source_.start_epoch(epoch);
  way_ = device_ == Device::cpu ? Way::direct : Way::unknown;
}

bool DeviceSource::next(Batch& batch) {
  if (way_ == Way::direct) return source_.next(batch);
  if (way_ == Way::unknown) return first(batch);
  Slot& slot = slots_[turn_];
  batch = slot.filled;
  if (!batch.inputs.defined()) return false;
  for (const Place& place : slot.places) {
    if (place.upload) place.upload->finish();
  }
  turn_ = 1 - turn_;
  // The work that reads that slot is already in the stream. The work on the batch returned here is
  // not, so the copy runs beside it.
  fetch(slots_[turn_]);
  return true;
}

bool DeviceSource::first(Batch& batch) {
  Batch found;
  if (!source_.next(found)) return false;
  if (found.inputs.device() == device_) {
    way_ = Way::direct;
    batch = found;
    return true;
  }
  way_ = Way::copied;
  copy(found, slots_[turn_]);
  found = {};
  return next(batch);
}

void DeviceSource::copy(const Batch& host, Slot& slot) {
  std::size_t used = 0;
  slot.filled = map_tensors(host, [&](const Tensor& tensor) {
    if (used == slot.places.size()) slot.places.emplace_back();
    Place& place = slot.places[used++];
    make_room(tensor, place.memory, place.upload, device_);
    return start_copy(tensor, place.memory, *place.upload);
  });
}

void DeviceSource::fetch(Slot& slot) {
  Batch host;
  slot.filled = {};
  if (source_.next(host)) copy(host, slot);
}

}  // namespace credence::train
