// The probe on the widest vectors.
#include "benchmarks/kernels/probe.hpp"

#include "benchmarks/kernels/instruction_sets.hpp"

#include <algorithm>
#include <chrono>

namespace credence::benchmarks {

double Probe::clock() const {
  using Clock = std::chrono::steady_clock;
  constexpr std::int64_t kRounds = 1 << 15;
  double best = 0;
  float sink = 0;
  const PeakLoops& loops = runnable_instruction_sets().back()->peak;
  for (int attempt = 0; attempt < 3; ++attempt) {
    const Clock::time_point begin = Clock::now();
    const double flops = loops.multiply_adds(kRounds, 0.999F, 0.001F, &sink);
    const double seconds = std::chrono::duration<double>(Clock::now() - begin).count();
    best = std::max(best, flops / seconds / 1e9);
  }
  return best / peak_;
}

}  // namespace credence::benchmarks
