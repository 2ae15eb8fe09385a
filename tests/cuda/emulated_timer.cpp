// The functions of framework/cuda/timer.hpp by the host's clock.
#include "framework/core/error.hpp"
#include "framework/cuda/timer.hpp"

#include <chrono>
#include <optional>

namespace credence::cuda {

struct Timer::Events {
  using Clock = std::chrono::steady_clock;
  std::optional<Clock::time_point> begin;
  std::optional<Clock::time_point> end;
};

Timer::Timer() : events_(std::make_unique<Events>()) {}
Timer::~Timer() = default;
Timer::Timer(Timer&& other) noexcept = default;
Timer& Timer::operator=(Timer&& other) noexcept = default;

void Timer::start() { events_->begin = Events::Clock::now(); }
void Timer::stop() { events_->end = Events::Clock::now(); }

double Timer::seconds() const {
  if (!events_->begin || !events_->end) throw Error("[timer] not started and stopped");
  return std::chrono::duration<double>(*events_->end - *events_->begin).count();
}

std::size_t cache_bytes() { return std::size_t{1} << 20; }

}  // namespace credence::cuda
