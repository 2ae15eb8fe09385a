// Arithmetic of two tensors with NumPy's broadcasting; formulas/arithmetic.hpp has the formulas.
#pragma once

namespace credence {

class Variable;

/// Element by element; shapes broadcast. Throws ShapeError where they do not.
Variable add(const Variable& a, const Variable& b);
Variable sub(const Variable& a, const Variable& b);
Variable mul(const Variable& a, const Variable& b);
Variable div(const Variable& a, const Variable& b);
/// exp(log_scale) · x²
Variable scaled_square(const Variable& log_scale, const Variable& x);
/// log(exp(a) + exp(b))
Variable logaddexp(const Variable& a, const Variable& b);

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
