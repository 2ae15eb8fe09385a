// The time of a case under Google Benchmark.
#include "benchmarks/kernels/timing.hpp"

#include "benchmarks/common/median.hpp"
#include "benchmarks/kernels/check.hpp"
#include "benchmarks/kernels/device_stopwatch.hpp"
#include "benchmarks/kernels/probe.hpp"
#include "benchmarks/kernels/statistics.hpp"
#include "framework/core/parallel.hpp"

#include <algorithm>
#include <map>

#include <benchmark/benchmark.h>

namespace credence::benchmarks {
namespace {

constexpr int kMostRetakes = 2;

void count_work(benchmark::State& state, const Case& item, const Peaks& peaks,
                const char* share_of_peak, double seconds_per_call) {
  const double nanoseconds = 1e9 * seconds_per_call;
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

// What a core did before, during and after a measurement.
struct Surroundings {
  double clock = 1;
  double steal = 0;

  bool disturbed() const { return clock < kLeastClock || steal > kMostSteal; }
};

// Takes the sampler through a measurement, and says what went on in the meantime.
template <class Measure>
Surroundings observe(const Probe& probe, Measure measure) {
  const StealClock steal;
  const double before = probe.clock();
  measure();
  return {std::min(before, probe.clock()), steal.share()};
}

using Counters = std::map<std::string, double>;

// What emptied caches and turns of operands make of a call that takes `warm` seconds.
void count_cold(Counters& counters, const Call& call, const Case& item,
                const TimingOptions& options, double warm) {
  if (options.eraser) {
    const ColdTime cold = cold_time(call, *options.eraser, item.work.footprint);
    counters["cold_us"] = 1e6 * cold.seconds;
    counters["cold/warm"] = cold.seconds / warm;
    counters["cold_GB/s"] = cold.gigabytes;
  }
  if (options.rotate) {
    const double rotated = rotated_time(item, options.last_level, warm);
    counters["rotate_us"] = 1e6 * rotated;
    counters["rotate/warm"] = rotated / warm;
  }
}

void count_events(Counters& counters, const Call& call, const Case& item,
                  const HardwareCounters& hardware, double warm) {
  const int calls = std::clamp(static_cast<int>(0.05 / warm), 1, 1000);
  const Counts counts = hardware.count(call.run, calls);
  counters["cycles"] = counts.cycles;
  if (item.work.flops > 0) counters["flop/cycle"] = item.work.flops / counts.cycles;
  for (const auto& [name, value] : counts.events) {
    counters[name] = value;
    if (name == "instructions") counters["IPC"] = value / counts.cycles;
  }
}

// `once` holds what is measured once for all repetitions of a case; the first one fills it.
void time_on_cpu(benchmark::State& state, const Case& item, const Peaks& peaks,
                 const TimingOptions& options, Counters& once) {
  const Call call = item.prepare({});
  const Probe probe(options.one_thread_gflops);
  Sampler sampler(call.run, num_threads(), probe);
  Surroundings around = observe(probe, [&] {
    while (state.KeepRunningBatch(sampler.calls())) sampler.sample();
    sampler.refine(options.sampling);
  });
  int retakes = 0;
  for (; around.disturbed() && retakes < kMostRetakes; ++retakes) {
    const std::size_t batches = sampler.batches();
    Sampler again(call.run, num_threads(), probe);
    const Surroundings then = observe(probe, [&] {
      while (again.batches() < batches) again.sample();
      again.refine(options.sampling);
    });
    if (then.clock < around.clock || then.steal > around.steal) continue;
    around = then;
    sampler = std::move(again);
  }
  const std::vector<double> times = sampler.times();
  const double seconds = median(times);
  state.SetIterationTime(seconds * static_cast<double>(state.iterations()));
  count_work(state, item, peaks, "FMA%", seconds);
  if (times.size() > 1) state.counters["error%"] = 100 * relative_error_of_mean(times);
  state.counters["at_peak_us"] = 1e6 * median(sampler.times_at_peak());
  state.counters["stolen%"] = 100 * sampler.stolen_share();
  state.counters["steal%"] = 100 * around.steal;
  state.counters["clock%"] = 100 * around.clock;
  state.counters["probe_GF/s"] = around.clock * options.one_thread_gflops;
  state.counters["retakes"] = retakes;
  if (once.empty()) {
    count_cold(once, call, item, options, seconds);
    if (options.counters) count_events(once, call, item, *options.counters, seconds);
  }
  for (const auto& [name, value] : once) state.counters[name] = value;
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
  count_work(state, item, peaks, "product%", seconds / static_cast<double>(state.iterations()));
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

// A case with what all its repetitions share.
class Benchmark {
 public:
  Benchmark(const Case& item, const Case* reference, Device device, const Peaks& peaks,
            const TimingOptions& options, std::shared_ptr<Failures> failures)
      : item_(item),
        device_(device),
        peaks_(peaks),
        options_(options),
        failures_(std::move(failures)) {
    const bool is_reference = device == Device::cpu && item.implementation == kOurs;
    if (reference != nullptr && !is_reference) reference_ = *reference;
  }

  void run(benchmark::State& state) {
    const Checks checks{reference_.kernel.empty() ? nullptr : &reference_,
                        options_.bitwise_threads};
    try {
      if (!checked_) check(item_, checks);
      device_ == Device::cpu ? time_on_cpu(state, item_, peaks_, options_, once_)
                             : time_on_cuda(state, item_, peaks_);
      if (!checked_) check_again(item_, checks);
      checked_ = true;
    } catch (const std::exception& error) {
      failures_->names.push_back(item_.name());
      state.SkipWithError(error.what());
    }
  }

 private:
  Case item_;
  Case reference_;
  Device device_;
  Peaks peaks_;
  TimingOptions options_;
  std::shared_ptr<Failures> failures_;
  Counters once_;
  bool checked_ = false;
};

}  // namespace

void register_cases(const std::vector<Case>& cases, const std::vector<Case>& references,
                    Device device, const Peaks& peaks, const TimingOptions& options,
                    const std::shared_ptr<Failures>& failures) {
  for (const Case& item : cases) {
    const auto timed = std::make_shared<Benchmark>(item, reference_of(item, references), device,
                                                   peaks, options, failures);
    benchmark::RegisterBenchmark(item.name().c_str(),
                                 [timed](benchmark::State& state) { timed->run(state); })
        ->UseManualTime()
        ->Unit(benchmark::kMicrosecond);
  }
}

}  // namespace credence::benchmarks
