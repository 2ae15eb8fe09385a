// Batches of calls under a stopwatch, with a look at who else used the core.
#include "benchmarks/kernels/sampling.hpp"

#include "benchmarks/kernels/statistics.hpp"

#include <algorithm>
#include <chrono>
#include <cmath>
#include <ctime>
#include <fstream>

#include <sys/resource.h>

namespace credence::benchmarks {
namespace {

using Clock = std::chrono::steady_clock;

constexpr double kLeastBatch = 20e-6;
// Between two looks at the clock, which take 30 µs.
constexpr double kLookInterval = 2e-3;
constexpr int kMostCalls = 1'000'000;

double thread_seconds() {
  timespec time{};
  clock_gettime(CLOCK_THREAD_CPUTIME_ID, &time);
  return static_cast<double>(time.tv_sec) + 1e-9 * static_cast<double>(time.tv_nsec);
}

long involuntary_switches() {
  rusage usage{};
  getrusage(RUSAGE_SELF, &usage);
  return usage.ru_nivcsw;
}

double seconds_of(const std::function<void()>& call, int calls) {
  const Clock::time_point begin = Clock::now();
  for (int i = 0; i < calls; ++i) call();
  return std::chrono::duration<double>(Clock::now() - begin).count();
}

}  // namespace

Sampler::Sampler(std::function<void()> call, int threads, const Probe& probe)
    : call_(std::move(call)),
      one_thread_(threads == 1),
      probe_(probe),
      last_clock_(probe.glance()) {
  call_();
  for (double seconds = 0; (seconds = seconds_of(call_, calls_)) < kLeastBatch;) {
    if (calls_ >= kMostCalls) break;
    const double missing = kLeastBatch / std::max(seconds, 1e-9);
    calls_ =
        std::min(kMostCalls, static_cast<int>(std::ceil(calls_ * std::min(missing, 10.0))) + 1);
  }
}

void Sampler::sample() {
  const double own_before = one_thread_ ? thread_seconds() : 0;
  const long switches_before = one_thread_ ? 0 : involuntary_switches();
  const double wall = seconds_of(call_, calls_);
  const double own = one_thread_ ? thread_seconds() - own_before : wall;
  const double lost = wall - own;
  const bool disturbed =
      one_thread_ ? lost > std::max(0.02 * wall, 5e-6) : involuntary_switches() != switches_before;
  batches_.push_back({wall / calls_, own / calls_, disturbed, last_clock_});
  elapsed_ += wall;
  if (elapsed_ - looked_at_ > kLookInterval) look_at_clock();
}

void Sampler::look_at_clock() {
  const double now = probe_.glance();
  for (; clocked_ < batches_.size(); ++clocked_) batches_[clocked_].clock = (last_clock_ + now) / 2;
  last_clock_ = now;
  looked_at_ = elapsed_;
}

void Sampler::refine(const Sampling& sampling) {
  const double for_others = std::min(sampling.most_seconds, 3 * elapsed_ + 0.1);
  const auto goes_on = [&] {
    if (stolen_share() > 0.5 && elapsed_ < for_others) return true;
    return sampling.precision > 0 && elapsed_ < sampling.most_seconds &&
           relative_error_of_mean(times()) > sampling.precision;
  };
  // What has been reached is looked at each time that the number of batches has grown by a quarter.
  while (goes_on()) {
    const std::size_t more = std::max<std::size_t>(1, batches_.size() / 4);
    for (std::size_t i = 0; i < more && elapsed_ < sampling.most_seconds; ++i) sample();
  }
}

std::vector<double> Sampler::times() const { return selected(false); }

std::vector<double> Sampler::times_at_peak() const { return selected(true); }

std::vector<double> Sampler::selected(bool at_peak) const {
  const bool all = stolen_share() > 0.5;
  std::vector<double> seconds;
  for (const Batch& batch : batches_) {
    if (!all && batch.disturbed) continue;
    const double time = all ? batch.own : batch.wall;
    seconds.push_back(at_peak ? time * batch.clock : time);
  }
  return seconds;
}

double Sampler::stolen_share() const {
  if (batches_.empty()) return 0;
  const auto disturbed = std::count_if(batches_.begin(), batches_.end(),
                                       [](const Batch& batch) { return batch.disturbed; });
  return static_cast<double>(disturbed) / static_cast<double>(batches_.size());
}

StealClock::StealClock() = default;

StealClock::Ticks StealClock::read() {
  // cpu user nice system idle iowait irq softirq steal guest guest_nice (proc(5)); user and nice
  // include the guests.
  std::ifstream file("/proc/stat");
  std::string name;
  file >> name;
  Ticks ticks;
  double value = 0;
  for (int i = 0; i < 8 && file >> value; ++i) {
    ticks.all += value;
    if (i == 7) ticks.stolen = value;
  }
  return ticks;
}

double StealClock::share() const {
  const Ticks now = read();
  const double all = now.all - begin_.all;
  return all > 0 ? (now.stolen - begin_.stolen) / all : 0;
}

}  // namespace credence::benchmarks
