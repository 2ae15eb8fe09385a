// Copies to the device from page-locked memory, in a stream beside that of the work.
#include "framework/cuda/runtime/check.hpp"
#include "framework/cuda/runtime/context.hpp"
#include "framework/cuda/runtime/handle.hpp"
#include "framework/cuda/runtime/runtime.hpp"
#include "framework/device/recording.hpp"

#include <string>

namespace credence::cuda {
namespace {

using Event = Owned<cudaEvent_t, cudaEventDestroy>;
using PinnedMemory = Owned<void*, cudaFreeHost>;

Event make_event() {
  cudaEvent_t event = nullptr;
  check(cudaEventCreateWithFlags(&event, cudaEventDisableTiming), "upload");
  return Event(event);
}

cudaStream_t make_copy_stream() {
  stream();  // Chooses the device.
  cudaStream_t copies = nullptr;
  check(cudaStreamCreateWithFlags(&copies, cudaStreamNonBlocking), "upload");
  return copies;
}

// It is never destroyed, because the driver may be gone before objects of static lifetime are.
cudaStream_t copy_stream() {
  static const cudaStream_t copies = make_copy_stream();
  return copies;
}

PinnedMemory make_pinned(std::size_t bytes) {
  stream();
  void* memory = nullptr;
  check(cudaMallocHost(&memory, bytes),
        "upload of " + std::to_string(bytes) + " bytes of page-locked memory");
  return PinnedMemory(memory);
}

class PinnedUpload : public device::Upload {
 public:
  explicit PinnedUpload(std::size_t bytes) : staging_(make_pinned(bytes)), bytes_(bytes) {}
  // A copy may still read the memory.
  ~PinnedUpload() override { static_cast<void>(cudaEventSynchronize(copied_.get())); }
  PinnedUpload(const PinnedUpload&) = delete;
  PinnedUpload& operator=(const PinnedUpload&) = delete;

  std::size_t bytes() const override { return bytes_; }

  std::byte* staging() const override {
    check(cudaEventSynchronize(copied_.get()), "upload");
    return static_cast<std::byte*>(staging_.get());
  }

  void start(std::byte* to, std::size_t bytes) override {
    device::refuse_while_recording("upload");
    check(cudaEventRecord(may_start_.get(), stream()), "upload");
    check(cudaStreamWaitEvent(copy_stream(), may_start_.get(), 0), "upload");
    check(cudaMemcpyAsync(to, staging_.get(), bytes, cudaMemcpyHostToDevice, copy_stream()),
          "upload");
    check(cudaEventRecord(copied_.get(), copy_stream()), "upload");
  }

  // Recorded work cannot wait for a copy that is not part of it.
  void finish() override {
    device::refuse_while_recording("upload");
    check(cudaStreamWaitEvent(stream(), copied_.get(), 0), "upload");
  }

 private:
  PinnedMemory staging_;
  std::size_t bytes_;
  Event may_start_ = make_event();
  Event copied_ = make_event();
};

}  // namespace

std::unique_ptr<device::Upload> make_upload(std::size_t bytes) {
  return std::make_unique<PinnedUpload>(bytes);
}

}  // namespace credence::cuda
