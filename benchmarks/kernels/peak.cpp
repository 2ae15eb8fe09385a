// The CPU's peaks: multiply-adds per second, and bytes per second at each level of memory.
#include "benchmarks/kernels/peak.hpp"

#include "benchmarks/kernels/instruction_sets.hpp"
#include "framework/core/tensor.hpp"

#include <algorithm>
#include <barrier>
#include <chrono>
#include <cstring>
#include <functional>
#include <limits>
#include <thread>
#include <vector>

#include <benchmark/benchmark.h>

namespace credence::benchmarks {
namespace {

constexpr int kAttempts = 4;
constexpr double kMebibyte = 1048576;

// The data caches of a level that so many threads have, one core for each; 0 where there are none.
double cache_bytes(int level, int threads) {
  for (const auto& cache : benchmark::CPUInfo::Get().caches) {
    if (cache.level != level || cache.type == "Instruction") continue;
    const int sharing = std::max(1, cache.num_sharing);
    return static_cast<double>(cache.size) * ((threads + sharing - 1) / sharing);
  }
  return 0;
}

// Calls prepare() on each of the threads and then, several times, what it returned, all threads at
// once. The shortest time in seconds from the common start to the last thread's end.
double shortest(int threads, const std::function<std::function<void()>()>& prepare) {
  using Clock = std::chrono::steady_clock;
  std::barrier barrier(threads);
  double best = std::numeric_limits<double>::infinity();
  const auto attend = [&](bool keeps_time) {
    const std::function<void()> work = prepare();
    work();
    for (int attempt = 0; attempt < kAttempts; ++attempt) {
      barrier.arrive_and_wait();
      const auto begin = Clock::now();
      work();
      barrier.arrive_and_wait();
      if (!keeps_time) continue;
      best = std::min(best, std::chrono::duration<double>(Clock::now() - begin).count());
    }
  };
  std::vector<std::jthread> others;
  for (int i = 1; i < threads; ++i) others.emplace_back(attend, false);
  attend(true);
  others.clear();
  return best;
}

double multiply_add_gflops(const PeakLoops& loops, int threads) {
  constexpr std::int64_t kRounds = 1 << 20;
  float sink = 0;
  const double flops = loops.multiply_adds(1, 0.5F, 1, &sink) * kRounds;
  const double seconds = shortest(threads, [&] {
    return [&loops] {
      float sum = 0;
      loops.multiply_adds(kRounds, 0.999F, 0.001F, &sum);
    };
  });
  return flops * threads / seconds / 1e9;
}

// A pattern that walks `count` arrays of n elements, moving `bytes` bytes per element.
struct Pattern {
  int count;
  double bytes;
  std::function<void(std::int64_t n, float* const* arrays)> walk;
};

double gigabytes(const Pattern& pattern, int threads, double working_set) {
  const auto n = static_cast<std::int64_t>(working_set / threads / pattern.count / sizeof(float));
  const double bytes = pattern.bytes * static_cast<double>(n);
  const int passes = std::max(1, static_cast<int>(24 * kMebibyte / bytes));
  const double seconds = shortest(threads, [&] {
    std::vector<Tensor> arrays;
    for (int i = 0; i < pattern.count; ++i) arrays.push_back(Tensor::full({n}, 1));
    return [&pattern, arrays, n, passes] {
      std::vector<float*> pointers;
      for (const Tensor& array : arrays) pointers.push_back(array.data<float>());
      for (int pass = 0; pass < passes; ++pass) pattern.walk(n, pointers.data());
    };
  });
  return bytes * passes * threads / seconds / 1e9;
}

Bandwidth measure_bandwidth(const std::string& level, const PeakLoops& loops, int threads,
                            double capacity, double working_set) {
  const auto measured = [&](int count, double bytes, auto walk) {
    return gigabytes({count, bytes, walk}, threads, working_set);
  };
  const double read = measured(1, 4, [&](std::int64_t n, float* const* x) {
    float sum = 0;
    loops.read(n, x[0], &sum);
  });
  const double copy = measured(2, 8, [](std::int64_t n, float* const* x) {
    std::memcpy(x[1], x[0], static_cast<std::size_t>(n) * sizeof(float));
  });
  // A factor of 1 keeps the numbers from fading into slow subnormal ones.
  const double update =
      measured(1, 8, [&](std::int64_t n, float* const* x) { loops.update(n, 1, x[0]); });
  const double triad = measured(
      3, 12, [&](std::int64_t n, float* const* x) { loops.triad(n, 0.5F, x[0], x[1], x[2]); });
  return {level,
          capacity,
          working_set,
          {{"read", read}, {"copy", copy}, {"update", update}, {"triad", triad}}};
}

}  // namespace

Peaks measure_peaks(int threads) {
  Peaks peaks;
  const std::vector<const InstructionSet*> sets = runnable_instruction_sets();
  for (const InstructionSet* set : sets) {
    const double gflops = multiply_add_gflops(set->peak, threads);
    if (gflops <= peaks.gflops) continue;
    peaks.gflops = gflops;
    peaks.instruction_set = set->name;
  }
  const double second = std::max(0.5 * kMebibyte, cache_bytes(2, threads));
  const double last = std::max(2 * second, cache_bytes(3, threads));
  const PeakLoops& widest = sets.back()->peak;
  peaks.bandwidth = {measure_bandwidth("L2", widest, threads, second, second / 2),
                     measure_bandwidth("cache", widest, threads, last,
                                       std::max(second, std::min(8 * kMebibyte, last / 2))),
                     measure_bandwidth("memory", widest, threads,
                                       std::numeric_limits<double>::infinity(), 4 * last)};
  return peaks;
}

}  // namespace credence::benchmarks
