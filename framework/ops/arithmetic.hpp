// Arithmetic of two tensors with NumPy's broadcasting. Each functor states its formula and both
// partial derivatives once, for any number type.
#pragma once

#include "framework/ops/pointwise.hpp"

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

using Catalogue = pointwise::List<Add, Subtract, Multiply, Divide>;

}  // namespace arithmetic

/// Element by element; shapes broadcast. Throws ShapeError where they do not.
Variable add(const Variable& a, const Variable& b);
Variable sub(const Variable& a, const Variable& b);
Variable mul(const Variable& a, const Variable& b);
Variable div(const Variable& a, const Variable& b);

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
