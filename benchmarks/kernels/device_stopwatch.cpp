// Times of calls on a CUDA device, by events on its stream.
#include "benchmarks/kernels/device_stopwatch.hpp"

#include "framework/device/backend.hpp"

#include <algorithm>
#include <chrono>
#include <cmath>
#include <limits>

namespace credence::benchmarks {
namespace {

constexpr double kBatchSeconds = 5e-4;
// Fewer launches than the stream's queue takes before the host has to wait.
constexpr int kMostCalls = 50;
constexpr int kMostLeadCopies = 400;
constexpr std::int64_t kLeadElements = std::int64_t{8} << 20;
// The lead lasts this much longer than the host needs for a batch.
constexpr double kLeadReserve = 1.5;

int count_of(double quotient, int most) {
  return static_cast<int>(std::clamp(std::ceil(quotient), 1.0, static_cast<double>(most)));
}

// The shortest of a few calls, for which the host does not wait.
double shortest_on_host(const std::function<void()>& call) {
  using Clock = std::chrono::steady_clock;
  double best = std::numeric_limits<double>::infinity();
  for (int attempt = 0; attempt < 3; ++attempt) {
    device::backend().synchronize();
    const auto begin = Clock::now();
    call();
    best = std::min(best, std::chrono::duration<double>(Clock::now() - begin).count());
  }
  return best;
}

}  // namespace

DeviceStopwatch::DeviceStopwatch(std::function<void()> call)
    : call_(std::move(call)),
      lead_from_(Tensor::empty({kLeadElements}, DType::float32, Device::cuda)),
      lead_to_(Tensor::empty_like(lead_from_)) {
  run_lead(1);
  call_();
  host_seconds_ = shortest_on_host(call_);
  device::backend().synchronize();
  const double once = device_seconds(call_);
  const double copy = device_seconds([this] { run_lead(1); });
  constexpr double kLeast = 1e-9;
  calls_ = count_of(kBatchSeconds / std::max(once, kLeast), kMostCalls);
  lead_copies_ =
      count_of(kLeadReserve * calls_ * host_seconds_ / std::max(copy, kLeast), kMostLeadCopies);
}

void DeviceStopwatch::run_lead(int copies) const {
  for (int i = 0; i < copies; ++i) lead_to_.copy_from(lead_from_);
}

double DeviceStopwatch::device_seconds(const std::function<void()>& work) {
  timer_->start();
  work();
  timer_->stop();
  return timer_->seconds();
}

double DeviceStopwatch::batch_seconds() {
  run_lead(lead_copies_);
  return device_seconds([this] {
    for (int i = 0; i < calls_; ++i) call_();
  });
}

}  // namespace credence::benchmarks
