#include "framework/cuda/upload.hpp"

#include "framework/cuda/check.hpp"
#include "framework/cuda/context.hpp"
#include "framework/cuda/handle.hpp"

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

// Never destroyed: the driver may be gone before objects of static lifetime are.
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

}  // namespace

struct Upload::State {
  PinnedMemory staging;
  std::size_t bytes;
  Event may_start = make_event();
  Event copied = make_event();
};

Upload::Upload(std::size_t bytes)
    : state_(std::make_unique<State>(State{.staging = make_pinned(bytes), .bytes = bytes})) {}
// Memory that a copy still reads must not be freed.
Upload::~Upload() {
  if (state_) static_cast<void>(cudaEventSynchronize(state_->copied.get()));
}
Upload::Upload(Upload&&) noexcept = default;
Upload& Upload::operator=(Upload&&) noexcept = default;

std::size_t Upload::bytes() const { return state_->bytes; }

std::byte* Upload::staging() const {
  check(cudaEventSynchronize(state_->copied.get()), "upload");
  return static_cast<std::byte*>(state_->staging.get());
}

void Upload::start(std::byte* to, std::size_t bytes) {
  check(cudaEventRecord(state_->may_start.get(), stream()), "upload");
  check(cudaStreamWaitEvent(copy_stream(), state_->may_start.get(), 0), "upload");
  check(cudaMemcpyAsync(to, state_->staging.get(), bytes, cudaMemcpyHostToDevice, copy_stream()),
        "upload");
  check(cudaEventRecord(state_->copied.get(), copy_stream()), "upload");
}

void Upload::finish() { check(cudaStreamWaitEvent(stream(), state_->copied.get(), 0), "upload"); }

}  // namespace credence::cuda
