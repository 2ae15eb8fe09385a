// exp, log and related functions on vector registers. Arguments are reduced to a small range, where
// a polynomial does the rest (Muller, Elementary Functions, 2016). The polynomials are minimax fits
// made for this file, by least squares with Lawson's weights on Chebyshev nodes. Each function
// names its largest error against double precision, which tests/framework/vector_math_test.cpp
// measures. 1 ulp is the distance from a number to the next.
#pragma once

#include "framework/cpu/simd/simd.hpp"
#include "framework/formulas/normal_pair.hpp"

namespace credence::cpu {
namespace CREDENCE_ISA {

/// 1.5 · 2²³. Adding it to x pushes the fraction of x out of the significand, whose last bits are
/// then the nearest integer. This holds for |x| < 2²².
inline constexpr float kMagic = 12582912.0F;
inline constexpr float kLog2E = 1.44269504F;

inline Vec nearest_integer(Vec x) {
  const Vec magic(kMagic);
  return (x + magic) - magic;
}

/// 2^n for integral n in [-126, 127].
inline Vec power_of_two(NativeInt n) { return from_bits((n + 127) << 23); }

/// c[0] + c[1] x + … by Horner's scheme. It has fewer multiplications than Estrin's, but each waits
/// for the one before, so it suits loops that interleave several vectors.
template <int N>
[[gnu::always_inline]] inline Vec horner(const float (&c)[N], Vec x) {
  Vec sum(c[N - 1]);
#pragma GCC unroll 16
  for (int i = N - 2; i >= 0; --i) sum = sum * x + Vec(c[i]);
  return sum;
}

/// The same for an even number of coefficients, where the square of x is known. Even and odd terms
/// are summed apart, which halves the time of waiting.
template <int N>
[[gnu::always_inline]] inline Vec even_and_odd(const float (&c)[N], Vec x, Vec square) {
  static_assert(N % 2 == 0);
  Vec odd(c[N - 1]);
  Vec even(c[N - 2]);
#pragma GCC unroll 8
  for (int i = N - 4; i >= 0; i -= 2) {
    odd = odd * square + Vec(c[i + 1]);
    even = even * square + Vec(c[i]);
  }
  return odd * x + even;
}

/// e^r − 1 for |r| <= ln(2)/2.
inline Vec expm1_reduced(Vec r) {
  constexpr float kCoefficients[] = {0.5F, 1.6666578e-1F, 4.1666854e-2F, 8.3631463e-3F,
                                     1.3901287e-3F};
  return horner(kCoefficients, r) * (r * r) + r;
}

/// r = x − n ln 2, with ln 2 in two parts.
inline Vec exp_remainder(Vec x, Vec n) {
  return (x - n * Vec(0.693145752F)) - n * Vec(1.42860677e-6F);
}

/// e^x is 2^(n / kOctaveParts) e^r. An octave has as many parts as a register has lanes, so that
/// one instruction looks up the roots of two. The polynomial for the smaller r is shorter.
#if defined(__AVX2__)
inline constexpr int kOctaveParts = kLanes;
#else
inline constexpr int kOctaveParts = 1;
#endif

/// 2^(i / kOctaveParts) in lane i.
inline Vec roots_of_two() {
  constexpr float kRoots[] = {1.0F,       1.0442737F, 1.0905077F, 1.1387886F,
                              1.1892071F, 1.2418578F, 1.2968396F, 1.3542556F,
                              1.4142135F, 1.4768262F, 1.5422108F, 1.6104903F,
                              1.6817929F, 1.7562522F, 1.8340081F, 1.9152066F};
  NativeFloat roots{};
  for (int i = 0; i < kOctaveParts; ++i) roots[i] = kRoots[i * (16 / kOctaveParts)];
  return roots;
}

/// e^r − 1 for |r| <= ln(2) / (2 kOctaveParts).
inline Vec expm1_of_part(Vec r) {
  if constexpr (kOctaveParts == 1) return expm1_reduced(r);
  // Fitted for eight parts.
  return (r * Vec(0.16666858F) + Vec(0.50006455F)) * (r * r) + r;
}

#if defined(__AVX512F__)
/// e^x for x in [-104, 89], with gradual underflow.
inline Vec exp_in_range(Vec x) {
  const Vec magic(kMagic / kOctaveParts);
  const Vec sum = x * Vec(kLog2E) + magic;
  const Vec n = sum - magic;
  const Vec root = shuffle(roots_of_two().value, bits_of(sum));
  // Scales by 2 to the power of n rounded down.
  return static_cast<NativeFloat>(
      _mm512_scalef_ps((expm1_of_part(exp_remainder(x, n)) * root + root).value, n.value));
}
/// The same for x in [-104, 0].
inline Vec exp_of_negative(Vec x) { return exp_in_range(x); }
#else
/// 2^(n / kOctaveParts), where the last bits are those of n + 127 kOctaveParts, for powers that
/// are normal numbers.
inline Vec power_of_two_parts(NativeInt bits) {
  if constexpr (kOctaveParts == 1) return from_bits(bits << 23);
  // The shifted bits are the exponent of the power with the number of the part below it. The table
  // of roots subtracts that number again.
  constexpr int kShift = 23 - __builtin_ctz(kOctaveParts);
  const NativeInt roots = bits_of(roots_of_two()) - (127 << 23) - (lane_numbers() << kShift);
  return from_bits(shuffle(roots, bits) + (bits << kShift));
}
/// e^x = 2^(n + shift) e^r · 2^-shift with integral n + shift in [-125, 126] rounded down, for 2^n
/// alone may be out of range; magic = kMagic / kOctaveParts + 127 + shift.
inline Vec exp_shifted(Vec x, Vec magic, Vec power_of_minus_shift) {
  const Vec sum = x * Vec(kLog2E) + magic;
  const Vec r = exp_remainder(x, sum - magic);
  const Vec factor = power_of_two_parts(bits_of(sum));
  return (expm1_of_part(r) * factor + factor) * power_of_minus_shift;
}
/// kMagic / kOctaveParts + 127 + shift: the last bits of a number plus this are those of its
/// nearest multiple of 1 / kOctaveParts.
inline Vec exp_magic(int shift) {
  return Vec(kMagic / kOctaveParts + static_cast<float>(127 + shift));
}
/// e^x for x in [-104, 89], with gradual underflow.
inline Vec exp_in_range(Vec x) {
  const Mask negative{bits_of(x) < 0};
  return exp_shifted(x, where(negative, exp_magic(64), exp_magic(-64)),
                     where(negative, Vec(0x1p-64F), Vec(0x1p64F)));
}
/// The same for x in [-104, 0].
inline Vec exp_of_negative(Vec x) { return exp_shifted(x, exp_magic(64), Vec(0x1p-64F)); }
#endif

/// e^x to 2 ulp; gradual underflow below -87.3, infinity above 88.73.
inline Vec exp(Vec x) { return exp_in_range(min(Vec(89.0F), max(Vec(-104.0F), x))); }

/// e^−|x| to 2 ulp, with gradual underflow.
inline Vec exp_minus_abs(Vec x) { return exp_of_negative(max(Vec(-104.0F), minus_abs(x))); }

/// x, limited to the range in which e^−x is neither 0 nor infinite, and to one step beyond it.
inline Vec bounded_for_exp(Vec x) { return min(Vec(104.0F), max(Vec(-89.0F), x)); }
/// e^−x of such an x, to 2 ulp.
inline Vec exp_minus_bounded(Vec x) { return exp_in_range(-x); }

/// e^x − 1 to 3 ulp; infinity above 88.73.
inline Vec expm1(Vec x) {
  x = min(Vec(89.0F), max(Vec(-30.0F), x));
  const Vec n = nearest_integer(x * Vec(kLog2E));
  const Vec r = exp_remainder(x, n);
  // 2^n (e^r − 1) + (2^n − 1), doubled last so that 2^128 stays finite on the way.
  const Vec half = power_of_two(to_int(n) - 1);
  return Vec(2) * (expm1_reduced(r) * half + (half - Vec(0.5F)));
}

/// How vector registers compute formulas::normal_pair and its parts.
struct VectorMath {
  using Number = Vec;
  using Signed = NativeInt;
  using Unsigned = NativeUint;

  static Vec from_bits(NativeInt bits) { return CREDENCE_ISA::from_bits(bits); }
  static NativeInt bits_of(Vec x) { return CREDENCE_ISA::bits_of(x); }
  static NativeInt signed_of(NativeUint x) { return reinterpret_cast<NativeInt>(x); }
  static Vec to_float(NativeInt x) { return CREDENCE_ISA::to_float(x); }
  static Vec sqrt(Vec x) { return CREDENCE_ISA::sqrt(x); }
  static Vec where_negative(NativeInt x, Vec a, Vec b) { return where(Mask{x < 0}, a, b); }
  static Vec with_sign(Vec x, NativeUint sign) {
    return from_bits(bits_of(x) ^ reinterpret_cast<NativeInt>(sign));
  }
};

/// See formulas::log_normal.
template <int kFactor>
[[gnu::always_inline]] inline Vec log_normal(Vec x, NativeInt shift) {
  return formulas::log_normal<kFactor, VectorMath>(x, shift);
}

/// ln x to 2 ulp, subnormal numbers included. It is −infinity at 0 and NaN below.
inline Vec log(Vec x) {
  const Mask subnormal = x < Vec(1.17549435e-38F);
  Vec result = log_normal<1>(where(subnormal, x * Vec(8388608.0F), x), subnormal.bits & -23);
  const Vec infinity(__builtin_inff());
  result = where(x == Vec(0), -infinity, result);
  result = where(x < Vec(0), Vec(__builtin_nanf("")), result);
  result = where(x == infinity, infinity, result);
  return where(x == x, result, x);
}

/// ln(1 + x) to 3 ulp, small x included.
inline Vec log1p(Vec x) {
  // ln(1 + x) = 2 artanh(s), s = x / (2 + x): exact near 0, where 1 + x would lose x.
  const Vec s = x / (x + Vec(2));
  const Vec z = s * s;
  Vec p(2.4413068e-1F);
  p = p * z + Vec(2.1393251e-1F);
  p = p * z + Vec(2.8620722e-1F);
  p = p * z + Vec(3.9998691e-1F);
  p = p * z + Vec(6.6666679e-1F);
  const Vec small = s * Vec(2) + s * z * p;
  const Mask in_range_above = x > Vec(1.0F);
  const Mask in_range_below = x < Vec(-0.4F);
  if (!any(in_range_above) && !any(in_range_below)) return where(x == x, small, x);
  const Vec large = log(Vec(1) + x);
  return where(in_range_above, large, where(in_range_below, large, where(x == x, small, x)));
}

/// ln(1 + t) + rest for t in [0, 1]. The polynomial alone covers this range, without a division or
/// special cases.
inline Vec log1p_of_part(Vec t, Vec rest) {
  constexpr float kCoefficients[] = {-4.9999648e-1F, 3.3321324e-1F, -2.4857163e-1F, 1.9153653e-1F,
                                     -1.3753799e-1F, 7.9204500e-2F, -3.0065769e-2F, 5.3648185e-3F};
  const Vec square = t * t;
  return even_and_odd(kCoefficients, t, square) * square + (rest + t);
}

/// ln(1 + e^−|x|), to 4 ulp; −0 adds nothing.
inline Vec log1p_exp_minus_abs(Vec x) { return log1p_of_part(exp_minus_abs(x), Vec(-0.0F)); }

/// ln(1 + e^x), to 4 ulp: max(x, 0) + ln(1 + e^−|x|). NaN gives 0 in the first term, itself in the
/// second.
inline Vec log1p_exp(Vec x) { return log1p_of_part(exp_minus_abs(x), max(x, Vec(0))); }

/// tanh x to 3 ulp.
inline Vec tanh(Vec x) {
  const Vec z = x * x;
  Vec p(2.2928303e-3F);
  p = p * z + Vec(-8.3440293e-3F);
  p = p * z + Vec(2.1768947e-2F);
  p = p * z + Vec(-5.3959264e-2F);
  p = p * z + Vec(1.3333304e-1F);
  p = p * z + Vec(-3.3333333e-1F);
  const Vec magnitude = abs(x);
  const Vec small = magnitude + magnitude * z * p;
  const Vec t = exp_minus_abs(x + x);
  const Vec large = Vec(1) - (t + t) / (Vec(1) + t);
  // The sign of x, of −0 too, on the magnitude; NaN comes from t.
  return from_bits(bits_of(where(magnitude < Vec(0.625F), small, large)) |
                   (bits_of(x) & INT32_MIN));
}

/// See formulas::normal_pair.
inline void normal_pair(NativeUint radius_bits, NativeUint turn_bits, Vec& first, Vec& second) {
  formulas::normal_pair<VectorMath>(radius_bits, turn_bits, first, second);
}

}  // namespace CREDENCE_ISA
}  // namespace credence::cpu
