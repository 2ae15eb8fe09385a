// Arithmetic of two tensors with NumPy's broadcasting. Each functor states its formula and both
// partial derivatives once, for any number type.
#pragma once

#include "framework/ops/pointwise.hpp"

#include <cmath>

namespace credence {

class Variable;

namespace arithmetic {

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
    return -grad * a / (b * b);
  }
};

/// exp(a) · b²: what a product of exp and square would keep two more arrays for.
struct ScaledSquare {
  static constexpr const char* kName = "scaled_square";
  template <class V>
  static constexpr V forward(V a, V b) {
    using std::exp;
    return exp(a) * (b * b);
  }
  template <class V>
  static constexpr V backward_a(V a, V b, V grad) {
    return grad * forward(a, b);
  }
  template <class V>
  static constexpr V backward_b(V a, V b, V grad) {
    using std::exp;
    const V scale = exp(a);
    return grad * (b + b) * scale;
  }
};

using Catalogue = pointwise::List<Add, Subtract, Multiply, Divide, ScaledSquare>;

}  // namespace arithmetic

/// Element by element; shapes broadcast. Throws ShapeError where they do not.
Variable add(const Variable& a, const Variable& b);
Variable sub(const Variable& a, const Variable& b);
Variable mul(const Variable& a, const Variable& b);
Variable div(const Variable& a, const Variable& b);
/// exp(log_scale) · x²
Variable scaled_square(const Variable& log_scale, const Variable& x);

Variable operator+(const Variable& a, const Variable& b);
Variable operator-(const Variable& a, const Variable& b);
Variable operator*(const Variable& a, const Variable& b);
Variable operator/(const Variable& a, const Variable& b);
Variable operator-(const Variable& a);
Variable operator+(const Variable& a, double b);
Variable operator-(const Variable& a, double b);
Variable operator*(const Variable& a, double b);
Variable operator*(double a, const Variable& b);

}  // namespace credence
