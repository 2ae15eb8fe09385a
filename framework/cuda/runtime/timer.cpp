// The device's timer, by CUDA events, and the size of its cache.
#include "framework/cuda/runtime/check.hpp"
#include "framework/cuda/runtime/context.hpp"
#include "framework/cuda/runtime/handle.hpp"
#include "framework/cuda/runtime/runtime.hpp"
#include "framework/device/recording.hpp"

namespace credence::cuda {
namespace {

using Event = Owned<cudaEvent_t, &cudaEventDestroy>;

Event make_event() {
  stream();  // Chooses the device.
  cudaEvent_t event = nullptr;
  check(cudaEventCreate(&event), "timer");
  return Event(event);
}

// An event of recorded work has no time.
void record(const Event& event) {
  device::refuse_while_recording("timer");
  check(cudaEventRecord(event.get(), stream()), "timer");
}

class EventTimer : public device::Timer {
 public:
  void start() override { record(begin_); }
  void stop() override { record(end_); }

  double seconds() const override {
    check(cudaEventSynchronize(end_.get()), "timer");
    float milliseconds = 0;
    check(cudaEventElapsedTime(&milliseconds, begin_.get(), end_.get()), "timer");
    return 1e-3 * static_cast<double>(milliseconds);
  }

 private:
  Event begin_ = make_event();
  Event end_ = make_event();
};

}  // namespace

std::unique_ptr<device::Timer> make_timer() { return std::make_unique<EventTimer>(); }

std::size_t cache_bytes() {
  stream();
  int bytes = 0;
  check(cudaDeviceGetAttribute(&bytes, cudaDevAttrL2CacheSize, 0), "cuda");
  return static_cast<std::size_t>(bytes);
}

}  // namespace credence::cuda
