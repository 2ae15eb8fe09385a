// The functors of elementary functions: powers, logarithms, bounds, and the terms of divergences.
// pointwise.hpp says what a functor has and lists them all.
#pragma once

#include "framework/formulas/elementary.hpp"

#include <cstdint>

namespace credence::pointwise {

/// e^x
struct Exp {
  static constexpr const char* kName = "exp";
  static constexpr Interval kDomain{-3, 2};
  static constexpr bool kKeepsOutput = true;
  explicit constexpr Exp(const PointwiseParameters&) {}
  template <class V>
  constexpr V forward(V x) const {
    using std::exp;
    return exp(x);
  }
  template <class V>
  constexpr V backward(V y, V grad) const {
    return grad * y;
  }
};

/// ln(x); derivative 1 / x
struct Log {
  static constexpr const char* kName = "log";
  static constexpr Interval kDomain{0.3, 5};
  static constexpr bool kKeepsOutput = false;
  explicit constexpr Log(const PointwiseParameters&) {}
  template <class V>
  constexpr V forward(V x) const {
    using std::log;
    return log(x);
  }
  template <class V>
  constexpr V backward(V x, V grad) const {
    return grad / x;
  }
};

/// log(1 + x)
struct Log1p {
  static constexpr const char* kName = "log1p";
  static constexpr Interval kDomain{-0.5, 5};
  static constexpr bool kKeepsOutput = false;
  explicit constexpr Log1p(const PointwiseParameters&) {}
  template <class V>
  constexpr V forward(V x) const {
    using std::log1p;
    return log1p(x);
  }
  template <class V>
  constexpr V backward(V x, V grad) const {
    return grad / (V(1) + x);
  }
};

/// √x; derivative 1 / (2 y)
struct Sqrt {
  static constexpr const char* kName = "sqrt";
  static constexpr Interval kDomain{0.3, 5};
  static constexpr bool kKeepsOutput = true;
  explicit constexpr Sqrt(const PointwiseParameters&) {}
  template <class V>
  constexpr V forward(V x) const {
    using std::sqrt;
    return sqrt(x);
  }
  template <class V>
  constexpr V backward(V y, V grad) const {
    return grad / (V(2) * y);
  }
};

/// x²
struct Square {
  static constexpr const char* kName = "square";
  static constexpr Interval kDomain{-3, 3};
  static constexpr bool kKeepsOutput = false;
  explicit constexpr Square(const PointwiseParameters&) {}
  template <class V>
  constexpr V forward(V x) const {
    return x * x;
  }
  template <class V>
  constexpr V backward(V x, V grad) const {
    return V(2) * (x * grad);
  }
};

/// |x|; the derivative at 0 is 0
struct Abs {
  static constexpr const char* kName = "abs";
  static constexpr Interval kDomain{-3, 3};
  static constexpr bool kKeepsOutput = false;
  explicit constexpr Abs(const PointwiseParameters&) {}
  template <class V>
  constexpr V forward(V x) const {
    using std::abs;
    return abs(x);
  }
  template <class V>
  constexpr V backward(V x, V grad) const {
    return where(x > V(0), grad, where(x < V(0), -grad, V(0)));
  }
};

/// x^p. A whole exponent of at most 2³¹ − 1 multiplies; another one gives exp(p ln x), which is NaN
/// for x < 0. The derivative is p x^(p − 1), and 0 for p = 0.
struct Power {
  static constexpr const char* kName = "pow";
  static constexpr Interval kDomain{0.3, 2.5};
  static constexpr bool kKeepsOutput = false;
  explicit constexpr Power(const PointwiseParameters& p) : exponent(p.first) {}
  template <class V>
  constexpr V forward(V x) const {
    return power(x, exponent);
  }
  template <class V>
  constexpr V backward(V x, V grad) const {
    if (exponent == 0) return V(0);
    return grad * (V(exponent) * power(x, exponent - 1));
  }
  double exponent;

 private:
  template <class V>
  static constexpr V power(V x, double p) {
    using std::exp;
    using std::log;
    const double magnitude = p < 0 ? -p : p;
    const bool countable = magnitude < 2147483648.0;
    const auto count = countable ? static_cast<std::uint32_t>(magnitude) : 0U;
    if (!countable || static_cast<double>(count) != magnitude) return exp(V(p) * log(x));
    V result(1);
    V factor = x;
    for (std::uint32_t rest = count; rest > 0; rest /= 2) {
      if (rest % 2 == 1) result = result * factor;
      factor = factor * factor;
    }
    return p < 0 ? V(1) / result : result;
  }
};

/// 1 / x
struct Reciprocal {
  static constexpr const char* kName = "reciprocal";
  static constexpr Interval kDomain{0.4, 4};
  static constexpr bool kKeepsOutput = true;
  explicit constexpr Reciprocal(const PointwiseParameters&) {}
  template <class V>
  constexpr V forward(V x) const {
    return V(1) / x;
  }
  template <class V>
  constexpr V backward(V y, V grad) const {
    return -grad * y * y;
  }
};

/// scale · x + shift
struct Affine {
  static constexpr const char* kName = "affine";
  static constexpr Interval kDomain{-3, 3};
  static constexpr bool kKeepsOutput = false;
  explicit constexpr Affine(const PointwiseParameters& p) : scale(p.first), shift(p.second) {}
  template <class V>
  constexpr V forward(V x) const {
    return V(scale) * x + V(shift);
  }
  template <class V>
  constexpr V backward(V, V grad) const {
    return V(scale) * grad;
  }
  double scale;
  double shift;
};

/// min(max(x, low), high); the derivative is 1 in [low, high] and 0 outside, as in torch.clamp.
struct Clamp {
  static constexpr const char* kName = "clamp";
  static constexpr Interval kDomain{-3, 3};
  static constexpr bool kKeepsOutput = false;
  explicit constexpr Clamp(const PointwiseParameters& p) : low(p.first), high(p.second) {}
  template <class V>
  constexpr V forward(V x) const {
    const V bounded = where(x < V(low), V(low), x);
    return where(bounded > V(high), V(high), bounded);
  }
  template <class V>
  constexpr V backward(V x, V grad) const {
    return where(x >= V(low), where(x <= V(high), grad, V(0)), V(0));
  }
  double low;
  double high;
};

/// ½ (e^d − 1 − d) with d = x − c: the Kullback-Leibler divergence, in nats, of a normal
/// distribution with log variance x from one with the same mean and log variance c. It is never
/// negative. It is 0 where x equals c as rounded to the element type.
struct NormalDivergence {
  static constexpr const char* kName = "normal_divergence";
  static constexpr Interval kDomain{-3, 3};
  static constexpr bool kKeepsOutput = false;
  explicit constexpr NormalDivergence(const PointwiseParameters& p) : log_variance(p.first) {}
  template <class V>
  constexpr V forward(V x) const {
    using std::expm1;
    const V d = x - V(log_variance);
    // Near 0 the direct formula would cancel. The series is d²/4 · (1 + d/3 (1 + d/4 (1 + …))).
    constexpr int kLastDivisor = 16;  // the terms after it are below 1e-18 of the sum
    V series(1);
    for (int divisor = kLastDivisor; divisor > 2; --divisor) {
      series = V(1) + d * V(1.0 / divisor) * series;
    }
    const V magnitude = where(d < V(0), -d, d);
    return where(magnitude < V(0.5), V(0.25) * d * d * series, V(0.5) * (expm1(d) - d));
  }
  template <class V>
  constexpr V backward(V x, V grad) const {
    using std::expm1;
    return grad * (V(0.5) * expm1(x - V(log_variance)));
  }
  double log_variance;
};

}  // namespace credence::pointwise
