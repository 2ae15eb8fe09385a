// y = a ∘ b with broadcasting, and its gradients: those of each element by the functor's formula
// (formulas/arithmetic.hpp), summed over the dimensions along which the operand was broadcast.
#include "framework/ops/arithmetic.hpp"

#include "framework/autograd/op_observer.hpp"
#include "framework/dispatch/kernels.hpp"
#include "framework/ops/checks.hpp"
#include "framework/ops/pointwise.hpp"
#include "framework/ops/reduce.hpp"

namespace credence {
namespace {

template <class Functor>
BroadcastLoop checked_loop(const Variable& a, const Variable& b) {
  check_same_type(Functor::kName, a, b);
  return broadcast_loop(a.shape(), b.shape(), Functor::kName);
}

template <class Functor>
Tensor value_of(const BroadcastLoop& loop, const Variable& a, const Variable& b) {
  constexpr std::size_t index = arithmetic::Catalogue::index_of<Functor>();
  const Tensor y =
      Tensor::empty(broadcast_shape(a.shape(), b.shape(), Functor::kName), a.dtype(), a.device());
  visit_kernels(y, [&](const auto& kernels) {
    kernels.arithmetic_forward[index](loop, a.value(), b.value(), y);
  });
  return y;
}

template <class Functor>
Variable apply(const Variable& a, const Variable& b) {
  constexpr std::size_t index = arithmetic::Catalogue::index_of<Functor>();
  const BroadcastLoop loop = checked_loop<Functor>(a, b);
  const Tensor y = value_of<Functor>(loop, a, b);
  const Tensor a_value = a.value();
  const Tensor b_value = b.value();
  const bool want_a = a.requires_grad();
  const bool want_b = b.requires_grad();
  const Variable result = make_result(y, {a, b}, [=](const Tensor& grad) -> Gradients {
    const Tensor grad_a = want_a ? Tensor::empty_like(grad) : Tensor();
    const Tensor grad_b = want_b ? Tensor::empty_like(grad) : Tensor();
    visit_kernels(grad, [&](const auto& kernels) {
      kernels.arithmetic_backward[index](loop, a_value, b_value, grad, IfDefined(grad_a),
                                         IfDefined(grad_b));
    });
    return {want_a ? sum_to_shape(grad_a, a_value.shape()) : Tensor(),
            want_b ? sum_to_shape(grad_b, b_value.shape()) : Tensor()};
  });
  return described(result, [&] { return OpCall{Functor::kName, {a, b}}; });
}

// A constant of the type and on the device of x.
Variable number(double value, const Variable& x) {
  return Variable(Tensor::full({}, value, x.dtype(), x.device()));
}

}  // namespace

// Both gradients are that of the sum, whose memory they share. The summands are not needed.
Variable add(const Variable& a, const Variable& b) {
  using arithmetic::Add;
  const Tensor y = value_of<Add>(checked_loop<Add>(a, b), a, b);
  const bool want_a = a.requires_grad();
  const bool want_b = b.requires_grad();
  const Variable result = make_result(
      y, {a, b}, [=, a_shape = a.shape(), b_shape = b.shape()](const Tensor& grad) -> Gradients {
        return {want_a ? sum_to_shape(grad, a_shape) : Tensor(),
                want_b ? sum_to_shape(grad, b_shape) : Tensor()};
      });
  return described(result, [&] { return OpCall{Add::kName, {a, b}}; });
}
Variable sub(const Variable& a, const Variable& b) { return apply<arithmetic::Subtract>(a, b); }
Variable mul(const Variable& a, const Variable& b) { return apply<arithmetic::Multiply>(a, b); }
Variable div(const Variable& a, const Variable& b) { return apply<arithmetic::Divide>(a, b); }

Variable scaled_square(const Variable& log_scale, const Variable& x) {
  return apply<arithmetic::ScaledSquare>(log_scale, x);
}
Variable logaddexp(const Variable& a, const Variable& b) {
  return apply<arithmetic::LogAddExp>(a, b);
}

Variable pow(const Variable& a, const Variable& b) { return apply<arithmetic::Power>(a, b); }
Variable larger(const Variable& a, const Variable& b) { return apply<arithmetic::Larger>(a, b); }
Variable smaller(const Variable& a, const Variable& b) { return apply<arithmetic::Smaller>(a, b); }
Variable clamp(const Variable& x, const Variable& low, const Variable& high) {
  return smaller(larger(x, low), high);
}
Variable where(const Tensor& condition, const Variable& yes, const Variable& no) {
  check_same_type("where", yes, no);
  const Variable chosen(condition.to(yes.dtype()));
  check_same_type("where", chosen, yes);
  const auto select = &apply<arithmetic::Select>;
  // 1 where the condition is not 0, else −0.
  const Variable is = select(chosen, number(1, yes));
  return select(chosen, yes) + select(1 - is, no);
}

Variable operator+(const Variable& a, const Variable& b) { return add(a, b); }
Variable operator-(const Variable& a, const Variable& b) { return sub(a, b); }
Variable operator*(const Variable& a, const Variable& b) { return mul(a, b); }
Variable operator/(const Variable& a, const Variable& b) { return div(a, b); }
// A shift of −0 adds nothing, where +0 would turn −0 into +0.
Variable operator-(const Variable& a) { return affine(a, -1, -0.0); }
Variable operator+(const Variable& a, double b) { return affine(a, 1, b); }
Variable operator-(const Variable& a, double b) { return affine(a, 1, -b); }
Variable operator*(const Variable& a, double b) { return affine(a, b, -0.0); }
Variable operator*(double a, const Variable& b) { return affine(b, a, -0.0); }
Variable operator+(double a, const Variable& b) { return affine(b, 1, a); }
Variable operator-(double a, const Variable& b) { return affine(b, -1, a); }
Variable operator/(const Variable& a, double b) { return div(a, number(b, a)); }
Variable operator/(double a, const Variable& b) { return div(number(a, b), b); }

}  // namespace credence
