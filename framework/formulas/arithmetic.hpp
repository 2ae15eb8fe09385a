// Arithmetic of two numbers. Each functor states its formula and both partial derivatives once, for
// any number type V (see pointwise.hpp): backward_a is grad · ∂f/∂a, backward_b is grad · ∂f/∂b.
#pragma once

#include "framework/formulas/pointwise.hpp"

#include <cmath>

namespace credence {

namespace arithmetic {

/// a + b
struct Add {
  static constexpr const char* kName = "add";
  template <class V>
  static constexpr V forward(V a, V b) {
    return a + b;
  }
  template <class V>
  static constexpr V backward_a(V, V, V grad) {
    return grad;
  }
  template <class V>
  static constexpr V backward_b(V, V, V grad) {
    return grad;
  }
};

/// a − b
struct Subtract {
  static constexpr const char* kName = "sub";
  template <class V>
  static constexpr V forward(V a, V b) {
    return a - b;
  }
  template <class V>
  static constexpr V backward_a(V, V, V grad) {
    return grad;
  }
  template <class V>
  static constexpr V backward_b(V, V, V grad) {
    return -grad;
  }
};

/// a · b
struct Multiply {
  static constexpr const char* kName = "mul";
  template <class V>
  static constexpr V forward(V a, V b) {
    return a * b;
  }
  template <class V>
  static constexpr V backward_a(V, V b, V grad) {
    return grad * b;
  }
  template <class V>
  static constexpr V backward_b(V a, V, V grad) {
    return grad * a;
  }
};

/// a / b
struct Divide {
  static constexpr const char* kName = "div";
  template <class V>
  static constexpr V forward(V a, V b) {
    return a / b;
  }
  template <class V>
  static constexpr V backward_a(V, V b, V grad) {
    return grad / b;
  }
  template <class V>
  static constexpr V backward_b(V a, V b, V grad) {
    return -grad * (a / b / b);
  }
};

/// exp(a) · b², without the two arrays that a chain of exp, square and mul would store. It is
/// computed as (exp(a / 2) · b)², because exp(a) or b² alone may overflow or underflow where their
/// product does not. For b = 0 it is 0 for any a.
struct ScaledSquare {
  static constexpr const char* kName = "scaled_square";
  template <class V>
  static constexpr V forward(V a, V b) {
    const V scaled = scale(a, b) * b;
    return scaled * scaled;
  }
  template <class V>
  static constexpr V backward_a(V a, V b, V grad) {
    return grad * forward(a, b);
  }
  template <class V>
  static constexpr V backward_b(V a, V b, V grad) {
    const V factor = scale(a, b);
    return grad * factor * (factor * (b + b));
  }

 private:
  // exp(a / 2), which may be infinite; 1 for b = 0, so that the product with b is 0.
  template <class V>
  static constexpr V scale(V a, V b) {
    using std::exp;
    return where(b == V(0), V(1), exp(V(0.5) * a));
  }
};

/// log(exp(a) + exp(b)) = max(a, b) + log(1 + exp(−|a − b|)), as numpy.logaddexp. It adds two
/// probabilities that are given as logarithms. It neither overflows nor loses the smaller summand.
struct LogAddExp {
  static constexpr const char* kName = "logaddexp";
  template <class V>
  static constexpr V forward(V a, V b) {
    using pointwise::log1p_exp;
    const V difference = where(a > b, b - a, a - b);
    // The difference of equal infinities would be NaN.
    return where(a == b, a + V(0.6931471805599453), where(a > b, a, b) + log1p_exp(difference));
  }
  template <class V>
  static constexpr V backward_a(V a, V b, V grad) {
    return grad * where(a == b, V(0.5), pointwise::logistic(a - b));
  }
  template <class V>
  static constexpr V backward_b(V a, V b, V grad) {
    return backward_a(b, a, grad);
  }
};

/// a^b for a ≥ 0, as exp(b ln a); 1 where b is 0, NaN where a < 0.
struct Power {
  static constexpr const char* kName = "pow";
  template <class V>
  static constexpr V forward(V a, V b) {
    using std::exp;
    using std::log;
    return where(b == V(0), V(1), exp(b * log(a)));
  }
  template <class V>
  static constexpr V backward_a(V a, V b, V grad) {
    return where(b == V(0), V(0), grad * b * forward(a, b - V(1)));
  }
  template <class V>
  static constexpr V backward_b(V a, V b, V grad) {
    using std::log;
    return where(a == V(0), V(0), grad * forward(a, b) * log(a));
  }
};

/// The larger of a and b, and NaN where one is. The gradient goes to a where they are equal, and to
/// b where b is NaN: of a window that is walked in order, to the first of equal elements and to the
/// last NaN.
struct Larger {
  static constexpr const char* kName = "larger";
  template <class V>
  static constexpr V forward(V a, V b) {
    return where(b > a, b, where(b == b, a, b));
  }
  template <class V>
  static constexpr V backward_a(V a, V b, V grad) {
    return where(b > a, V(0), where(b == b, grad, V(0)));
  }
  template <class V>
  static constexpr V backward_b(V a, V b, V grad) {
    return where(b > a, grad, where(b == b, V(0), grad));
  }
};

/// The smaller of a and b, likewise.
struct Smaller {
  static constexpr const char* kName = "smaller";
  template <class V>
  static constexpr V forward(V a, V b) {
    return where(b < a, b, where(b == b, a, b));
  }
  template <class V>
  static constexpr V backward_a(V a, V b, V grad) {
    return where(b < a, V(0), where(b == b, grad, V(0)));
  }
  template <class V>
  static constexpr V backward_b(V a, V b, V grad) {
    return where(b < a, grad, where(b == b, V(0), grad));
  }
};

/// b where a is not 0, whatever b is elsewhere; −0 there, which changes no number that it is added
/// to. a has no gradient.
struct Select {
  static constexpr const char* kName = "select";
  template <class V>
  static constexpr V forward(V a, V b) {
    return where(a == V(0), V(-0.0), b);
  }
  template <class V>
  static constexpr V backward_a(V, V, V) {
    return V(0);
  }
  template <class V>
  static constexpr V backward_b(V a, V, V grad) {
    return where(a == V(0), V(0), grad);
  }
};

/// All functors; their positions are indices into the kernel table.
using Catalogue = pointwise::List<Add, Subtract, Multiply, Divide, ScaledSquare, LogAddExp, Power,
                                  Larger, Smaller, Select>;

}  // namespace arithmetic

}  // namespace credence
