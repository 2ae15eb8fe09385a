// The device's timer by the host's clock, for tests without a device.
#include "framework/base/error.hpp"
#include "framework/cuda/runtime/runtime.hpp"
#include "framework/device/recording.hpp"

#include <chrono>
#include <optional>

namespace credence::cuda {
namespace {

class HostTimer : public device::Timer {
 public:
  void start() override {
    device::refuse_while_recording("timer");
    begin_ = Clock::now();
  }
  void stop() override {
    device::refuse_while_recording("timer");
    end_ = Clock::now();
  }
  double seconds() const override {
    if (!begin_ || !end_) throw Error("[timer] not started and stopped");
    return std::chrono::duration<double>(*end_ - *begin_).count();
  }

 private:
  using Clock = std::chrono::steady_clock;
  std::optional<Clock::time_point> begin_;
  std::optional<Clock::time_point> end_;
};

}  // namespace

std::unique_ptr<device::Timer> make_timer() { return std::make_unique<HostTimer>(); }

std::size_t cache_bytes() { return std::size_t{1} << 20; }

}  // namespace credence::cuda
