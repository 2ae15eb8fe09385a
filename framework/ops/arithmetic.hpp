// Arithmetic of two tensors with NumPy's broadcasting; formulas/arithmetic.hpp has the formulas.
#pragma once

namespace credence {

class Tensor;
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
/// a^b for a ≥ 0 (see arithmetic::Power); pow(x, number) takes negative bases too.
Variable pow(const Variable& a, const Variable& b);
/// The larger and the smaller of a and b. Where they are equal, a gets the gradient; PyTorch's
/// maximum and minimum give half of it to each.
Variable larger(const Variable& a, const Variable& b);
Variable smaller(const Variable& a, const Variable& b);
/// min(max(x, low), high), as torch.clamp with tensors; shapes broadcast. A bound has a gradient
/// where x is beyond it; where low is above high, the result is high.
Variable clamp(const Variable& x, const Variable& low, const Variable& high);
/// yes where the condition is not 0, no elsewhere, as torch.where; shapes broadcast. The condition
/// may have any element type. What is not chosen gives neither its value nor a gradient, be it NaN.
Variable where(const Tensor& condition, const Variable& yes, const Variable& no);

Variable operator+(const Variable& a, const Variable& b);
Variable operator-(const Variable& a, const Variable& b);
Variable operator*(const Variable& a, const Variable& b);
Variable operator/(const Variable& a, const Variable& b);
Variable operator-(const Variable& a);
Variable operator+(const Variable& a, double b);
Variable operator-(const Variable& a, double b);
Variable operator*(const Variable& a, double b);
Variable operator*(double a, const Variable& b);
Variable operator+(double a, const Variable& b);
Variable operator-(double a, const Variable& b);
Variable operator/(const Variable& a, double b);
Variable operator/(double a, const Variable& b);

}  // namespace credence
