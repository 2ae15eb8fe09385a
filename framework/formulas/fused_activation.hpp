// Functions of the catalogue that larger kernels apply to their results.
#pragma once

#include "framework/formulas/pointwise.hpp"

namespace credence::pointwise {

/// One of several functors that keep their output, chosen at run time; it has room for all of them.
template <class... Functors>
class OneOf : private Functors... {
  static_assert((Functors::kKeepsOutput && ...));

 public:
  /// Whether the function is one of them.
  static constexpr bool has(const Function& function) {
    return ((function.entry.index == Catalogue::index_of<Functors>()) || ...);
  }

  explicit constexpr OneOf(const Function& function)
      : Functors(function.parameters)..., index_(function.entry.index) {}

  template <class Functor>
  constexpr bool is() const {
    constexpr std::size_t kIndex = Catalogue::index_of<Functor>();
    return index_ == kIndex;
  }

  /// Calls body(functor) with the one that was chosen.
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
  template <class V>
  constexpr V backward(V y, V grad) const {
    V grad_x = grad;
    visit([&](const auto& functor) { grad_x = functor.backward(y, grad); });
    return grad_x;
  }

 private:
  std::size_t index_;
};

/// What a product or a layer's noise may be followed by in the same kernel: functions whose
/// derivative follows from their value, so that what they were applied to need not be kept.
using FusedActivation = OneOf<Relu, LeakyRelu, Softplus, Sigmoid, Tanh>;

}  // namespace credence::pointwise
