// The check of a case against the framework, and its time under Google Benchmark.
#include "benchmarks/kernels/timing.hpp"

#include "benchmarks/kernels/device_stopwatch.hpp"
#include "framework/base/error.hpp"

#include <algorithm>
#include <chrono>
#include <cmath>
#include <limits>

#include <benchmark/benchmark.h>

namespace credence::benchmarks {
namespace {

// Far above rounding in float32, Winograd's included, and far below what a wrong index does.
constexpr double kTolerance = 1e-3;

std::vector<Tensor> results_of(const Case& item) {
  const Call call = item.prepare({});
  call.run();
  if (call.finish) call.finish();
  std::vector<Tensor> results;
  for (const Tensor& result : call.results) results.push_back(result.to(Device::cpu));
  return results;
}

// Throws Error where the case does not compute what the reference computes.
void compare(const Case& item, const Case& reference) {
  const std::vector<Tensor> expected = results_of(reference);
  const std::vector<Tensor> found = results_of(item);
  for (std::size_t i = 0; i < found.size(); ++i) {
    const double difference = largest_difference(expected[i], found[i]);
    if (difference <= kTolerance) continue;
    throw Error("result " + std::to_string(i) + " differs from that of " +
                reference.implementation + " by " + std::to_string(difference) +
                " of its largest element");
  }
}

void count_work(benchmark::State& state, const Case& item, const Peaks& peaks,
                const char* share_of_peak, double seconds) {
  const double nanoseconds = 1e9 * seconds / static_cast<double>(state.iterations());
  const Work& work = item.work;
  if (work.flops > 0) {
    const double gflops = work.flops / nanoseconds;
    state.counters["GF/s"] = gflops;
    state.counters[share_of_peak] = 100 * gflops / peaks.gflops;
  }
  const double gigabytes = work.bytes / nanoseconds;
  state.counters["GB/s"] = gigabytes;
  state.counters["bandwidth%"] = 100 * gigabytes / peaks.bandwidth_for(work.footprint);
  if (work.elements > 0) state.counters["ns/element"] = nanoseconds / work.elements;
  state.SetLabel(item.label);
}

void time_on_cpu(benchmark::State& state, const Case& item, const Peaks& peaks) {
  using Clock = std::chrono::steady_clock;
  const Call call = item.prepare({});
  call.run();
  // Google Benchmark's own times include calls of the system at which a busy machine lets other
  // processes go first.
  Clock::time_point begin = Clock::time_point::max();
  Clock::time_point end;
  for ([[maybe_unused]] auto iteration : state) {
    begin = std::min(begin, Clock::now());
    call.run();
    end = Clock::now();
  }
  const double seconds = std::chrono::duration<double>(end - begin).count();
  state.SetIterationTime(seconds);
  count_work(state, item, peaks, "FMA%", seconds);
}

void time_on_cuda(benchmark::State& state, const Case& item, const Peaks& peaks) {
  const Call call = item.prepare({});
  DeviceStopwatch stopwatch(call.run);
  double seconds = 0;
  while (state.KeepRunningBatch(stopwatch.calls())) {
    const double batch = stopwatch.batch_seconds();
    state.SetIterationTime(batch);
    seconds += batch;
  }
  count_work(state, item, peaks, "product%", seconds);
  state.counters["host_us"] = 1e6 * stopwatch.host_seconds();
}

const Case* reference_of(const Case& item, const std::vector<Case>& cases) {
  for (const Case& other : cases) {
    if (other.kernel == item.kernel && other.shape == item.shape && other.implementation == kOurs) {
      return &other;
    }
  }
  return nullptr;
}

}  // namespace

void register_cases(Device device, const Peaks& peaks,
                    const std::shared_ptr<Disagreements>& disagreements) {
  const bool on_cpu = device == Device::cpu;
  const std::vector<Case> of_cpu = all_cases(Device::cpu);
  for (const Case& item : on_cpu ? of_cpu : all_cases(device)) {
    const Case* const found = reference_of(item, of_cpu);
    const bool compared = found != nullptr && !(on_cpu && item.implementation == kOurs);
    const Case reference = compared ? *found : Case{};
    benchmark::RegisterBenchmark(item.name().c_str(),
                                 [=, verified = !compared](benchmark::State& state) mutable {
                                   try {
                                     if (!verified) compare(item, reference);
                                     verified = true;
                                     on_cpu ? time_on_cpu(state, item, peaks)
                                            : time_on_cuda(state, item, peaks);
                                   } catch (const std::exception& error) {
                                     ++disagreements->count;
                                     state.SkipWithError(error.what());
                                   }
                                 })
        ->UseManualTime()
        ->Unit(benchmark::kMicrosecond);
  }
}

double largest_difference(const Tensor& a, const Tensor& b) {
  double difference = 0;
  double scale = 0;
  for (std::int64_t i = 0; i < a.numel(); ++i) {
    const double x = a.data<float>()[i];
    const double y = b.data<float>()[i];
    if (!std::isfinite(x) || !std::isfinite(y)) return std::numeric_limits<double>::infinity();
    difference = std::max(difference, std::fabs(x - y));
    scale = std::max(scale, std::fabs(x));
  }
  return scale > 0 ? difference / scale : difference;
}

}  // namespace credence::benchmarks
