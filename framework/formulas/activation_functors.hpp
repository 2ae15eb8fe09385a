// The functors of activations: what a layer's output passes through. pointwise.hpp says what a
// functor has and lists them all.
#pragma once

#include "framework/formulas/elementary.hpp"

namespace credence::pointwise {

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

/// x where x > 0, else α (exp(x) − 1) (Clevert et al. 2015, arXiv 1511.07289). The derivative for
/// x < 0 is α exp(x). It is taken from x, because a y rounded near −α has lost it.
struct Elu {
  static constexpr const char* kName = "elu";
  static constexpr Interval kDomain{-4, 4};
  static constexpr bool kKeepsOutput = false;
  explicit constexpr Elu(const PointwiseParameters& p) : alpha(p.first) {}
  template <class V>
  constexpr V forward(V x) const {
    using std::expm1;
    return where(x < V(0), V(alpha) * expm1(x), x);
  }
  template <class V>
  constexpr V backward(V x, V grad) const {
    return where(x > V(0), grad, grad * (V(alpha) * exp_minus_abs(x)));
  }
  double alpha;
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

/// x Φ(x), Φ being the standard normal distribution function (Hendrycks and Gimpel 2016, arXiv
/// 1606.08415). The derivative is Φ(x) + x φ(x), φ being the density.
struct Gelu {
  static constexpr const char* kName = "gelu";
  static constexpr Interval kDomain{-6, 6};
  static constexpr bool kKeepsOutput = false;
  explicit constexpr Gelu(const PointwiseParameters&) {}
  template <class V>
  constexpr V forward(V x) const {
    // The product with the bound is 0 where x is −∞.
    const V bounded = max(V(-800), x);
    return bounded * normal_distribution(bounded);
  }
  template <class V>
  constexpr V backward(V x, V grad) const {
    using std::exp;
    constexpr double kInverseRootOfTwoPi = 0.3989422804014327;
    const V b = bounded_for_exp(x);
    return grad * (normal_distribution(b) + b * V(kInverseRootOfTwoPi) * exp(V(-0.5) * b * b));
  }
};

/// x σ(2u) = ½ x (1 + tanh u) with u = √(2/π) (x + 0.044715 x³), the approximation of gelu of the
/// same paper.
struct GeluTanh {
  static constexpr const char* kName = "gelu_tanh";
  static constexpr Interval kDomain{-6, 6};
  static constexpr bool kKeepsOutput = false;
  explicit constexpr GeluTanh(const PointwiseParameters&) {}
  template <class V>
  constexpr V forward(V x) const {
    const V b = bounded_for_exp(x);
    return max(V(-800), x) * logistic(b * (V(kLinear) + V(kCubic) * b * b));
  }
  template <class V>
  constexpr V backward(V x, V grad) const {
    const V b = bounded_for_exp(x);
    const V share = logistic(b * (V(kLinear) + V(kCubic) * b * b));
    const V slope = V(kLinear) + V(3 * kCubic) * b * b;
    return grad * (share + b * slope * (share * (V(1) - share)));
  }

 private:
  static constexpr double kLinear = 1.5957691216057308;  // 2 √(2/π)
  static constexpr double kCubic = 0.044715 * kLinear;
};

}  // namespace credence::pointwise
