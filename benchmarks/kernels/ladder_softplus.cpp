// softplus(x) = ln(1 + e^x) = max(x, 0) + ln(1 + e^−|x|) in three steps. The framework's own,
// log1p_exp in framework/cpu/simd/vector_math.hpp, looks up roots of two for e^x, so that its
// polynomial is short, and interleaves four vectors.
#include "benchmarks/kernels/families.hpp"

#include <bit>
#include <cmath>
#include <cstdint>

namespace credence::benchmarks {
namespace CREDENCE_ISA {
namespace {

// Two calls of the C library for each number, which the compiler cannot put into vectors.
void naive(std::int64_t n, const float* x, float* y) {
  for (std::int64_t i = 0; i < n; ++i) {
    y[i] = (x[i] > 0 ? x[i] : 0) + std::log1p(std::exp(-std::fabs(x[i])));
  }
}

// e^x for x in [−87, 0]: x = n ln 2 + r with |r| <= ½ ln 2, and e^r by eight terms of its series.
// Adding 1.5 · 2²³ leaves the nearest integer in a number's last bits. ln 2 is subtracted in two
// parts, because one float cannot hold it.
inline float exponential(float x) {
  constexpr float kMagic = 12582912.0F;
  const float sum = x * 1.44269504F + kMagic;
  const float n = sum - kMagic;
  const float r = (x - n * 0.693145752F) - n * 1.42860677e-6F;
  float p = 1.0F / 5040;
  for (const float divisor : {720.0F, 120.0F, 24.0F, 6.0F, 2.0F, 1.0F, 1.0F}) {
    p = p * r + 1 / divisor;
  }
  const auto power = std::bit_cast<float>((std::bit_cast<std::int32_t>(sum) + 127) << 23);
  return p * power;
}

// −min(|x|, 87), by the bits of |x|, which are in the order of the numbers. A comparison of floats
// could raise an exception, so that compilers leave it a branch.
inline float limited(float x) {
  constexpr auto kMost = std::bit_cast<std::int32_t>(87.0F);
  const std::int32_t bits = std::bit_cast<std::int32_t>(x) & INT32_MAX;
  return -std::bit_cast<float>(bits < kMost ? bits : kMost);
}

inline float positive_part(float x) { return 0.5F * (x + std::fabs(x)); }

// ln(1 + t) = 2 artanh s with s = t / (2 + t), which is at most a third: eight terms of the series.
// Neither function has branches, so that the loop is one of vectors; the division is its slowest
// instruction.
void polynomials(std::int64_t n, const float* x, float* y) {
  for (std::int64_t i = 0; i < n; ++i) {
    const float t = exponential(limited(x[i]));
    const float s = t / (2 + t);
    const float z = s * s;
    float p = 1.0F / 15;
    for (const float odd : {13.0F, 11.0F, 9.0F, 7.0F, 5.0F, 3.0F, 1.0F}) p = p * z + 1 / odd;
    y[i] = positive_part(x[i]) + 2 * s * p;
  }
}

// ln(1 + t) on [0, 1] as one polynomial in t, fitted so that its largest error is small (the
// coefficients of log1p_of_part in framework/cpu/simd/vector_math.hpp): no division.
void undivided(std::int64_t n, const float* x, float* y) {
  for (std::int64_t i = 0; i < n; ++i) {
    const float t = exponential(limited(x[i]));
    float p = 5.3648185e-3F;
    for (const float c : {-3.0065769e-2F, 7.9204500e-2F, -1.3753799e-1F, 1.9153653e-1F,
                          -2.4857163e-1F, 3.3321324e-1F, -4.9999648e-1F}) {
      p = p * t + c;
    }
    y[i] = positive_part(x[i]) + (t + t * t * p);
  }
}

}  // namespace

void list_softplus(Ladder& ladder) {
  ladder.softplus = &naive;
  ladder.softplus_polynomials = &polynomials;
  ladder.softplus_undivided = &undivided;
}

}  // namespace CREDENCE_ISA
}  // namespace credence::benchmarks
