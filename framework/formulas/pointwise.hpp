// The catalogue of pointwise functions. A functor states its formula once for any number type V: a
// vector register on the CPU, a double in the reference kernels, a float on a GPU (which may call
// the functor because it is constexpr). The kernels' loops, the gradient checks and the comparison
// of devices all follow from the list at the end of this file.
//
// Each functor has
//   forward(x)          the value y
//   backward(v, grad)   dL/dx from dL/dy = grad and v, which is y where `kKeepsOutput` is set, else
//   x
//   kDomain             an interval from which tests draw x; they avoid the kinks at 0
// Each is correct for all x, infinities and both zeros included, as far as V can hold the result;
// NaN gives NaN. docs/numerics.md states what holds at kinks, at NaN and near the ends of the
// range.
#pragma once

#include <cmath>
#include <cstddef>
#include <type_traits>

namespace credence {

/// The parameters of a pointwise function. A functor uses none, the first or both.
struct PointwiseParameters {
  double first = 0;
  double second = 0;
  bool operator==(const PointwiseParameters&) const = default;
};

/// The closed interval [low, high].
struct Interval {
  double low;
  double high;
};

/// condition ? yes : no. Vector types have their own overload.
template <class T>
requires std::is_arithmetic_v<T>
constexpr T where(bool condition, T yes, T no) { return condition ? yes : no; }

namespace pointwise {

/// The larger of a and b, and b where either is NaN; min is the same for the smaller. Vector types
/// have their own overloads of these and of the functions below.
template <class T>
requires std::is_arithmetic_v<T>
constexpr T max(T a, T b) { return a > b ? a : b; }
template <class T>
requires std::is_arithmetic_v<T>
constexpr T min(T a, T b) { return a < b ? a : b; }

/// e^−|x|, which cannot overflow.
template <class V>
constexpr V exp_minus_abs(V x) {
  using std::abs;
  using std::exp;
  return exp(-abs(x));
}

/// 1 / (1 + e^−x)
template <class V>
constexpr V logistic(V x) {
  using std::exp;
  return V(1) / (V(1) + exp(-x));
}

/// x limited to [−800, 800], beyond which e^−x is 0 or ∞ in every V. A product with it is not NaN
/// where x is infinite.
template <class V>
constexpr V bounded_for_exp(V x) {
  return min(V(800), max(V(-800), x));
}
/// e^−x of an x from bounded_for_exp.
template <class V>
constexpr V exp_minus_bounded(V x) {
  using std::exp;
  return exp(-x);
}

/// ln(1 + e^−|x|)
template <class V>
constexpr V log1p_exp_minus_abs(V x) {
  using std::log1p;
  return log1p(exp_minus_abs(x));
}

/// ln(1 + e^x), in a form that neither overflows nor cancels.
template <class V>
constexpr V log1p_exp(V x) {
  return max(x, V(0)) + log1p_exp_minus_abs(x);
}

/// max(x, 0). The derivative at 0 is 0, as in PyTorch.
struct Relu {
  static constexpr const char* kName = "relu";
  static constexpr Interval kDomain{-3, 3};
  static constexpr bool kKeepsOutput = true;
  explicit constexpr Relu(const PointwiseParameters&) {}
  template <class V>
  constexpr V forward(V x) const {
    return where(x < V(0), V(0), x);
  }
  template <class V>
  constexpr V backward(V y, V grad) const {
    return where(y <= V(0), V(0), grad);
  }
};

/// x where x > 0, else slope · x with slope ≥ 0 (Maas et al. 2013; torch.nn.functional.leaky_relu).
struct LeakyRelu {
  static constexpr const char* kName = "leaky_relu";
  static constexpr Interval kDomain{-3, 3};
  static constexpr bool kKeepsOutput = true;
  explicit constexpr LeakyRelu(const PointwiseParameters& p) : slope(p.first) {}
  template <class V>
  constexpr V forward(V x) const {
    return where(x > V(0), x, V(slope) * x);
  }
  template <class V>
  constexpr V backward(V y, V grad) const {
    return where(y > V(0), grad, V(slope) * grad);
  }
  double slope;
};

/// x where x > 0, else exp(x) − 1 (Clevert et al. 2015, arXiv 1511.07289, with α = 1). The
/// derivative for x < 0 is exp(x). It is taken from x, because a y rounded near −1 has lost it.
struct Elu {
  static constexpr const char* kName = "elu";
  static constexpr Interval kDomain{-4, 4};
  static constexpr bool kKeepsOutput = false;
  explicit constexpr Elu(const PointwiseParameters&) {}
  template <class V>
  constexpr V forward(V x) const {
    using std::expm1;
    return where(x < V(0), expm1(x), x);
  }
  template <class V>
  constexpr V backward(V x, V grad) const {
    return where(x > V(0), grad, grad * exp_minus_abs(x));
  }
};

/// log(1 + exp(β x)) / β, computed as max(x, 0) + log(1 + exp(−β |x|)) / β, which neither overflows
/// nor cancels. The derivative, 1 / (1 + exp(−β x)), equals 1 − exp(−β y).
struct Softplus {
  static constexpr const char* kName = "softplus";
  static constexpr Interval kDomain{-8, 8};
  static constexpr bool kKeepsOutput = true;
  explicit constexpr Softplus(const PointwiseParameters& p) : beta(p.first), scale(1 / p.first) {}
  template <class V>
  constexpr V forward(V x) const {
    // The default β = 1 multiplies nothing.
    if (beta == 1) return log1p_exp(x);
    return log1p_exp_minus_abs(V(beta) * x) * V(scale) + max(x, V(0));
  }
  template <class V>
  constexpr V backward(V y, V grad) const {
    using std::expm1;
    return -grad * expm1(-V(beta) * y);
  }
  double beta;
  double scale;
};

/// log(1 / (1 + exp(−x))) = −softplus(−x)
struct LogSigmoid {
  static constexpr const char* kName = "log_sigmoid";
  static constexpr Interval kDomain{-8, 8};
  static constexpr bool kKeepsOutput = false;
  explicit constexpr LogSigmoid(const PointwiseParameters&) {}
  template <class V>
  constexpr V forward(V x) const {
    return -log1p_exp(-x);
  }
  template <class V>
  constexpr V backward(V x, V grad) const {
    return grad * logistic(-x);
  }
};

/// 1 / (1 + exp(−x))
struct Sigmoid {
  static constexpr const char* kName = "sigmoid";
  static constexpr Interval kDomain{-8, 8};
  static constexpr bool kKeepsOutput = true;
  explicit constexpr Sigmoid(const PointwiseParameters&) {}
  template <class V>
  constexpr V forward(V x) const {
    return logistic(x);
  }
  template <class V>
  constexpr V backward(V y, V grad) const {
    return grad * y * (V(1) - y);
  }
};

/// x · sigmoid(x), also called swish (Elfwing et al. 2017, arXiv 1702.03118).
struct Silu {
  static constexpr const char* kName = "silu";
  static constexpr Interval kDomain{-6, 6};
  static constexpr bool kKeepsOutput = false;
  explicit constexpr Silu(const PointwiseParameters&) {}
  template <class V>
  constexpr V forward(V x) const {
    const V bounded = bounded_for_exp(x);
    return max(bounded, x) / (V(1) + exp_minus_bounded(bounded));
  }
  template <class V>
  constexpr V backward(V x, V grad) const {
    const V bounded = bounded_for_exp(x);
    const V s = V(1) / (V(1) + exp_minus_bounded(bounded));
    return grad * s * (V(1) + bounded * (V(1) - s));
  }
};

/// tanh(x); derivative 1 − y²
struct Tanh {
  static constexpr const char* kName = "tanh";
  static constexpr Interval kDomain{-4, 4};
  static constexpr bool kKeepsOutput = true;
  explicit constexpr Tanh(const PointwiseParameters&) {}
  template <class V>
  constexpr V forward(V x) const {
    using std::tanh;
    return tanh(x);
  }
  template <class V>
  constexpr V backward(V y, V grad) const {
    return grad * (V(1) - y * y);
  }
};

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

/// A list of functor types.
template <class... Functors>
struct List {
  static constexpr std::size_t kSize = sizeof...(Functors);

  /// The position of a functor in the list, which is its index in the kernel table.
  template <class Functor>
  static constexpr std::size_t index_of() {
    constexpr bool matches[] = {std::is_same_v<Functor, Functors>...};
    std::size_t index = 0;
    while (!matches[index]) ++index;
    return index;
  }
};

/// All pointwise functions.
using Catalogue = List<Relu, LeakyRelu, Elu, Softplus, LogSigmoid, Sigmoid, Silu, Tanh, Exp, Log,
                       Log1p, Sqrt, Square, Abs, Reciprocal, Affine, Clamp, NormalDivergence>;

/// What ops need to know about a functor.
struct Entry {
  const char* name;
  std::size_t index;
  bool keeps_output;
};

template <class Functor>
inline constexpr Entry kEntry{Functor::kName, Catalogue::index_of<Functor>(),
                              Functor::kKeepsOutput};

/// A function of the catalogue with its parameters.
struct Function {
  Entry entry;
  PointwiseParameters parameters;
};

}  // namespace pointwise
}  // namespace credence
