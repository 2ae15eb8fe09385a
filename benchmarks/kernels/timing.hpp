// Cases as benchmarks of Google Benchmark.
#pragma once

#include "benchmarks/kernels/cases.hpp"
#include "benchmarks/kernels/cold.hpp"
#include "benchmarks/kernels/hardware_counters.hpp"
#include "benchmarks/kernels/peak.hpp"
#include "benchmarks/kernels/sampling.hpp"

#include <memory>
#include <string>
#include <vector>

namespace credence::benchmarks {

/// The cases that failed, or that did not compute what they should.
struct Failures {
  std::vector<std::string> names;
};

struct TimingOptions {
  Sampling sampling{};
  int bitwise_threads = 0;       ///< see Checks
  double one_thread_gflops = 0;  ///< the peak that the probe is held against
  bool rotate = false;
  std::shared_ptr<const CacheEraser> eraser{};         ///< null without --cold
  std::shared_ptr<const HardwareCounters> counters{};  ///< null without --counters
  double last_level = 0;                               ///< bytes of the last cache
};

/// Registers cases under their names. A case is checked (check.hpp) before it is timed for the
/// first time and, on other numbers, after it; one that is wrong ends with an error. The time of a
/// repetition is the median of its batches (sampling.hpp). Counters:
///   GF/s, FMA%       operations per second, and of the peak; product% on cuda, whose peak is that
///   of
///                    products
///   GB/s, bandwidth% bytes per second, and of the level of memory that holds the arrays
///   ns/element       where the case says how many elements it has
///   host_us          on cuda, microseconds that the host takes to start one call
///   error%           on the CPU: relative standard error of the mean of the batches
///   at_peak_us       the time at the clock of the peak (Sampler::times_at_peak)
///   stolen%          batches in whose time the core did something else
///   steal%           the processors' time that a hypervisor gave to others
///   clock%           the probe's speed before and after, the lower one, of the peak of one thread
///   probe_GF/s       the same, absolute
///   retakes          how often all was measured again, because of steal% or clock%
///   cold_us, cold/warm, cold_GB/s; rotate_us, rotate/warm (cold.hpp)
///   cycles, flop/cycle, IPC, instructions, L1_misses, LL_misses (hardware_counters.hpp), of a call
void register_cases(const std::vector<Case>& cases, const std::vector<Case>& references,
                    Device device, const Peaks& peaks, const TimingOptions& options,
                    const std::shared_ptr<Failures>& failures);

}  // namespace credence::benchmarks
