// Loops that keep the units of a core busy, for one instruction set.
#include "benchmarks/kernels/families.hpp"
#include "framework/cpu/simd/simd.hpp"

namespace credence::benchmarks {
namespace CREDENCE_ISA {
namespace {

using cpu::CREDENCE_ISA::kLanes;
using cpu::CREDENCE_ISA::load;
using cpu::CREDENCE_ISA::store;
using cpu::CREDENCE_ISA::sum_lanes;
using cpu::CREDENCE_ISA::Vec;

// More than latency times throughput of a core's multiply-add units (4 cycles, 2 units), and few
// enough for 16 registers.
constexpr int kChains = 12;

double multiply_adds(std::int64_t rounds, float factor, float addend, float* sink) {
  const Vec scale(factor);
  const Vec shift(addend);
  Vec chains[kChains];
#pragma GCC unroll 12
  for (int i = 0; i < kChains; ++i) chains[i] = Vec(i);
  for (std::int64_t round = 0; round < rounds; ++round) {
#pragma GCC unroll 12
    for (int i = 0; i < kChains; ++i) chains[i] = chains[i] * scale + shift;
  }
  Vec sum = chains[0];
  for (int i = 1; i < kChains; ++i) sum += chains[i];
  *sink = sum_lanes(sum);
  return 2.0 * kChains * kLanes * static_cast<double>(rounds);
}

void read(std::int64_t n, const float* x, float* sink) {
  constexpr int kSums = 8;
  Vec sums[kSums];
  for (Vec& sum : sums) sum = Vec(0);
  for (std::int64_t i = 0; i + kSums * kLanes <= n; i += kSums * kLanes) {
#pragma GCC unroll 8
    for (int s = 0; s < kSums; ++s) sums[s] += load(x + i + s * kLanes);
  }
  Vec sum = sums[0];
  for (int s = 1; s < kSums; ++s) sum += sums[s];
  *sink = sum_lanes(sum);
}

void update(std::int64_t n, float factor, float* x) {
  const Vec scale(factor);
#pragma GCC unroll 4
  for (std::int64_t i = 0; i + kLanes <= n; i += kLanes) store(x + i, scale * load(x + i));
}

void triad(std::int64_t n, float factor, const float* a, const float* b, float* y) {
  const Vec scale(factor);
#pragma GCC unroll 4
  for (std::int64_t i = 0; i + kLanes <= n; i += kLanes) {
    store(y + i, load(a + i) + scale * load(b + i));
  }
}

}  // namespace

PeakLoops peak_loops() { return {&multiply_adds, &read, &update, &triad}; }

}  // namespace CREDENCE_ISA
}  // namespace credence::benchmarks
