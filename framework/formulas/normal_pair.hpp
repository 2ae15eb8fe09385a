// The transform of two random words into two normal numbers (Box and Muller 1958) in float32, by
// additions and multiplications alone but for one root: the same for vector registers of a CPU and
// for threads of a GPU. The polynomials are minimax fits made for this file, by least squares with
// Lawson's weights on Chebyshev nodes.
//
// A struct Math tells how a device computes: the types Number of float32 numbers, and Signed and
// Unsigned of their bits, with
//   from_bits(Signed), bits_of(Number), signed_of(Unsigned)   the same bits in another type
//   to_float(Signed), sqrt(Number)
//   where_negative(Signed, Number a, Number b)                a where the first is negative, else b
//   with_sign(Number, Unsigned)     with its sign changed where the upper bit, the only one, is set
#pragma once

#include "framework/base/bit_cast.hpp"

#include <cmath>
#include <cstdint>

namespace credence::formulas {

/// A thread of its own.
struct ScalarMath {
  using Number = float;
  using Signed = std::int32_t;
  using Unsigned = std::uint32_t;

  static constexpr float from_bits(std::int32_t bits) { return bit_cast<float>(bits); }
  static constexpr std::int32_t bits_of(float x) { return bit_cast<std::int32_t>(x); }
  static constexpr std::int32_t signed_of(std::uint32_t x) { return static_cast<std::int32_t>(x); }
  static constexpr float to_float(std::int32_t x) { return static_cast<float>(x); }
  template <class V>
  static constexpr V sqrt(V x) {
    return std::sqrt(x);
  }
  static constexpr float where_negative(std::int32_t x, float a, float b) { return x < 0 ? a : b; }
  static constexpr float with_sign(float x, std::uint32_t sign) {
    return bit_cast<float>(bit_cast<std::uint32_t>(x) ^ sign);
  }
};

/// x and its powers.
template <class V>
struct Powers {
  explicit constexpr Powers(V base) : x(base), square(x * x), fourth(square * square) {}
  V x;
  V square;
  V fourth;
};

/// c[First] + c[First + 1] x + … with Count coefficients. Pairs of coefficients are joined first,
/// then pairs of pairs (Estrin 1960). Term by term, each multiplication would wait for the one
/// before.
template <int First, int Count, int N, class V>
[[gnu::always_inline]] constexpr V polynomial(const float (&c)[N], const Powers<V>& powers) {
  if constexpr (Count == 1) {
    return V(c[First]);
  } else if constexpr (Count == 2) {
    return V(c[First + 1]) * powers.x + V(c[First]);
  } else if constexpr (Count <= 4) {
    return polynomial<First + 2, Count - 2>(c, powers) * powers.square +
           polynomial<First, 2>(c, powers);
  } else {
    return polynomial<First + 4, Count - 4>(c, powers) * powers.fourth +
           polynomial<First, 4>(c, powers);
  }
}

/// kFactor · ln(2^shift x), to 2 ulp, for normal, finite, positive x. |kFactor| is a power of two,
/// so that the bits are those of the product.
template <int kFactor, class Math>
[[gnu::always_inline]] constexpr typename Math::Number log_normal(typename Math::Number x,
                                                                  typename Math::Signed shift) {
  using V = typename Math::Number;
  using Signed = typename Math::Signed;
  // The exponent of x / sqrt(1/2), so that the significand m lies in [sqrt(1/2), sqrt(2)).
  const Signed bits = Math::bits_of(x);
  const Signed exponent = (bits - 0x3F3504F3) >> 23;
  const V m = Math::from_bits(bits - (exponent << 23));
  const V f = m - V(1);
  constexpr float k = kFactor;
  constexpr float kCoefficients[] = {k * 3.3333331e-1F,  k * -2.4999994e-1F, k * 2.0000715e-1F,
                                     k * -1.6668058e-1F, k * 1.4249323e-1F,  k * -1.2420141e-1F,
                                     k * 1.1676999e-1F,  k * -1.1514607e-1F, k * 7.0376793e-2F};
  const V e = Math::to_float(exponent + shift);
  const Powers<V> powers(f);
  const V p = polynomial<0, 9>(kCoefficients, powers);
  const V tail = p * f * powers.square + (V(k * 1.42860677e-6F) * e - V(k * 0.5F) * powers.square);
  return e * V(k * 0.693145752F) + (V(k) * f + tail);
}

/// sin and cos of the angle that is turn / 2³² of a circle. The last 8 bits of turn do not count.
template <class Math>
[[gnu::always_inline]] constexpr void sincos_turn(typename Math::Unsigned turn,
                                                  typename Math::Number& sine,
                                                  typename Math::Number& cosine) {
  using V = typename Math::Number;
  using Unsigned = typename Math::Unsigned;
  // The two upper bits of the sum are the nearest quarter of the circle. Without them the turn, as
  // a signed number, is what is left: up to an eighth of the circle on either side.
  const Unsigned quarter = turn + 0x20000000U;
  const typename Math::Signed rest = Math::signed_of(turn << 2) >> 10;
  const V r = Math::to_float(rest) * V(1.57079633F * 0x1p-22F);
  const V z = r * r;
  V s(-1.9586854e-4F);
  s = s * z + V(8.3327426e-3F);
  s = s * z + V(-1.6666665e-1F);
  const V sine_r = s * z * r + r;
  V c(2.4547102e-5F);
  c = c * z + V(-1.3888299e-3F);
  c = c * z + V(4.1666665e-2F);
  c = c * z - V(0.5F);
  const V cosine_r = c * z + V(1);
  const typename Math::Signed swap = Math::signed_of(quarter << 1);
  constexpr std::uint32_t kSign = 0x80000000U;
  sine = Math::with_sign(Math::where_negative(swap, cosine_r, sine_r), quarter & kSign);
  cosine = Math::with_sign(Math::where_negative(swap, sine_r, cosine_r),
                           (quarter + 0x40000000U) & kSign);
}

/// Two normal numbers as RandomStream::normal defines them: the radius √(−2 ln u) times cosine and
/// sine of the turn.
template <class Math>
[[gnu::always_inline]] constexpr void normal_pair(typename Math::Unsigned radius_bits,
                                                  typename Math::Unsigned turn_bits,
                                                  typename Math::Number& first,
                                                  typename Math::Number& second) {
  using V = typename Math::Number;
  // 23 bits are the fraction of a number from 1 to 2. Subtracting 1 - 2⁻²⁴ from it is exact.
  const typename Math::Signed fraction = Math::signed_of(radius_bits >> 9);
  const V uniform = Math::from_bits(fraction | 0x3F800000) - V(0x1.FFFFFEp-1F);
  const V radius = Math::sqrt(log_normal<-2, Math>(uniform, typename Math::Signed{}));
  V sine(0);
  V cosine(0);
  sincos_turn<Math>(turn_bits, sine, cosine);
  first = radius * cosine;
  second = radius * sine;
}

}  // namespace credence::formulas
