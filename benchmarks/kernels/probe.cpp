// The probe on the widest vectors.
#include "benchmarks/kernels/probe.hpp"

#include "benchmarks/kernels/instruction_sets.hpp"

#include <algorithm>
#include <chrono>

namespace credence::benchmarks {

namespace {

// GF/s, the best of several attempts.
double best_gflops(int attempts, std::int64_t rounds) {
  using Clock = std::chrono::steady_clock;
  double best = 0;
  float sink = 0;
  const PeakLoops& loops = runnable_instruction_sets().back()->peak;
  for (int attempt = 0; attempt < attempts; ++attempt) {
    const Clock::time_point begin = Clock::now();
    const double flops = loops.multiply_adds(rounds, 0.999F, 0.001F, &sink);
    const double seconds = std::chrono::duration<double>(Clock::now() - begin).count();
    best = std::max(best, flops / seconds / 1e9);
  }
  return best;
}

}  // namespace

double Probe::clock() const { return best_gflops(3, 1 << 15) / peak_; }

double Probe::glance() const { return best_gflops(2, 1 << 12) / peak_; }

}  // namespace credence::benchmarks
