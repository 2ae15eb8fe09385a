// Activations that a product's or a layer's kernel applies to its own result.
#pragma once

#include "framework/formulas/pointwise.hpp"

namespace credence::pointwise {

/// dL/dx from dL/dy = grad and the argument x, whatever the functor's own backward reads.
template <class Functor, class V>
constexpr V backward_at(const Functor& functor, V x, V grad) {
  if constexpr (Functor::kKeepsOutput) {
    return functor.backward(functor.forward(x), grad);
  } else {
    return functor.backward(x, grad);
  }
}

/// One of several functors, chosen at run time. It holds the parameters of all of them.
template <class... Functors>
class OneOf : private Functors... {
 public:
  /// Whether the function is among the functors.
  static constexpr bool has(const Function& function) {
    return ((function.entry.index == Catalogue::index_of<Functors>()) || ...);
  }

  /// `function` is among the functors.
  explicit constexpr OneOf(const Function& function)
      : Functors(function.parameters)..., index_(function.entry.index) {}

  template <class Functor>
  constexpr bool is() const {
    constexpr std::size_t kIndex = Catalogue::index_of<Functor>();
    return index_ == kIndex;
  }

  /// Calls body(functor) with the chosen functor.
  template <class Body>
  constexpr void visit(Body body) const {
    ((is<Functors>() ? void(body(static_cast<const Functors&>(*this))) : void()), ...);
  }

  template <class V>
  constexpr V forward(V x) const {
    V y = x;
    visit([&](const auto& functor) { y = functor.forward(x); });
    return y;
  }
  /// dL/dx from dL/dy = grad and the value y. Each functor's derivative must follow from its value.
  template <class V>
  constexpr V backward(V y, V grad) const {
    static_assert((Functors::kKeepsOutput && ...));
    V grad_x = grad;
    visit([&](const auto& functor) { grad_x = functor.backward(y, grad); });
    return grad_x;
  }
  /// The same from the argument x.
  template <class V>
  constexpr V backward_at(V x, V grad) const {
    V grad_x = grad;
    visit([&](const auto& functor) { grad_x = pointwise::backward_at(functor, x, grad); });
    return grad_x;
  }

 private:
  std::size_t index_;
};

/// The activations that may follow a product or a layer's noise in the same kernel. Their
/// derivatives follow from their values, so that their arguments need not be stored.
using FusedActivation = OneOf<Relu, LeakyRelu, Softplus, Sigmoid, Tanh>;

/// The activations that may follow in a kernel whose backward pass works out their argument again:
/// all that have a name.
using RecomputedActivation =
    OneOf<Relu, LeakyRelu, Elu, Softplus, Silu, Sigmoid, Tanh, Gelu, GeluTanh>;

}  // namespace credence::pointwise
