#include "framework/cuda/timer.hpp"

#include "framework/cuda/check.hpp"
#include "framework/cuda/context.hpp"
#include "framework/cuda/handle.hpp"

namespace credence::cuda {
namespace {

using Event = Owned<cudaEvent_t, &cudaEventDestroy>;

Event make_event() {
  stream();  // Chooses the device.
  cudaEvent_t event = nullptr;
  check(cudaEventCreate(&event), "timer");
  return Event(event);
}

void record(const Event& event) { check(cudaEventRecord(event.get(), stream()), "timer"); }

}  // namespace

struct Timer::Events {
  Event begin = make_event();
  Event end = make_event();
};

Timer::Timer() : events_(std::make_unique<Events>()) {}
Timer::~Timer() = default;
Timer::Timer(Timer&& other) noexcept = default;
Timer& Timer::operator=(Timer&& other) noexcept = default;

void Timer::start() { record(events_->begin); }
void Timer::stop() { record(events_->end); }

double Timer::seconds() const {
  check(cudaEventSynchronize(events_->end.get()), "timer");
  float milliseconds = 0;
  check(cudaEventElapsedTime(&milliseconds, events_->begin.get(), events_->end.get()), "timer");
  return 1e-3 * static_cast<double>(milliseconds);
}

std::size_t cache_bytes() {
  stream();
  int bytes = 0;
  check(cudaDeviceGetAttribute(&bytes, cudaDevAttrL2CacheSize, 0), "cuda");
  return static_cast<std::size_t>(bytes);
}

}  // namespace credence::cuda
