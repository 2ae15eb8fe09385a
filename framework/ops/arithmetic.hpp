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
    return -grad * (a / b / b);
  }
};

/// exp(a) · b²: what a product of exp and square would keep two more arrays for. It is the square
/// of exp(a / 2) · b, which is in range wherever the result is, and 0 for b = 0.
struct ScaledSquare {
  static constexpr const char* kName = "scaled_square";
  template <class V>
  static constexpr V forward(V a, V b) {
    const V root = half_exp(a) * b;
    return root * root;
  }
  template <class V>
  static constexpr V backward_a(V a, V b, V grad) {
    return grad * forward(a, b);
  }
  template <class V>
  static constexpr V backward_b(V a, V b, V grad) {
    const V scale = half_exp(a);
    const V root = scale * b;
    return grad * ((root + root) * scale);
  }

 private:
  template <class V>
  static constexpr V half_exp(V a) {
    using std::exp;
    return exp(V(0.5) * a);
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
