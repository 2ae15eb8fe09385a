// An activation as a value: a function of the catalogue (formulas/pointwise.hpp), or a user's own.
#pragma once

#include "framework/autograd/variable.hpp"
#include "framework/formulas/pointwise.hpp"
#include "framework/ops/pointwise_functor.hpp"

#include <concepts>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <type_traits>
#include <utility>
#include <variant>

namespace credence {

/// A pointwise nonlinearity y = f(x). A layer that is called with one, layer(x, activation),
/// applies it to its output: in the layer's own kernel where the catalogue's function allows that
/// (see `fused`), as an op of its own otherwise.
class Activation {
 public:
  static Activation relu();
  /// Throws ValueError unless the slope is finite and not negative.
  static Activation leaky_relu(double slope);
  /// Throws ValueError unless alpha is finite and not negative.
  static Activation elu(double alpha = 1);
  /// Throws ValueError unless beta is finite and positive.
  static Activation softplus(double beta = 1);
  static Activation silu();
  static Activation tanh();
  static Activation sigmoid();
  static Activation gelu();
  /// The approximation of gelu by tanh.
  static Activation gelu_tanh();

  /// A function of the catalogue with its parameters.
  Activation(const pointwise::Function& function)  // NOLINT: implicit, as ops take activations
      : function_(function) {}

  /// A user's own function, composed of ops: it has a gradient and runs on every device. Two
  /// activations that are made with the same name are equal; without a name, those that are copies
  /// of one another.
  template <class F>
  requires std::is_invocable_r_v<Variable, const F&, const Variable&> &&
      (!std::derived_from<F, Activation>)
          Activation(F own, std::string name = {})  // NOLINT: implicit, for layer(x, my_function)
      : function_(std::make_shared<const Own>(Own{std::move(name), std::move(own)})) {}

  /// A user's own functor of numbers (see PointwiseFunctor), which has its name and its gradient;
  /// for tensors on the CPU.
  template <PointwiseFunctor F>
  Activation(F functor)  // NOLINT: implicit, for layer(x, MyFunctor{})
      : Activation([functor](const Variable& x) { return pointwise::apply(functor, x); },
                   F::kName) {}

  /// The activation of the catalogue that a name stands for: as name() gives it, or with the
  /// parameter after a colon ("softplus:10", "leaky_relu:0.1"). Throws ValueError, listing the
  /// names, for another one and for a parameter that is no number, negative, or 0 of softplus.
  static Activation from_name(const std::string& name);

  /// y = f(x), element by element.
  Variable operator()(const Variable& x) const;
  /// The function of the catalogue; nothing for a user's own.
  std::optional<pointwise::Function> function() const;
  /// The function, where a layer's kernel can apply it to its own result: where it is one of
  /// pointwise::FusedActivation and no OpObserver is alive.
  std::optional<pointwise::Function> fused() const;
  /// "relu", "softplus(beta = 10)", of which from_name makes the same activation; the name of a
  /// user's own function, "function" where it has none.
  std::string name() const;
  bool operator==(const Activation& other) const;

 private:
  struct Own {
    std::string name;
    std::function<Variable(const Variable&)> function;
  };

  std::variant<pointwise::Function, std::shared_ptr<const Own>> function_;
};

/// activation(product({})), the activation being applied by the product's kernel where it can be:
/// product(f) has to give f of the product, for an f of pointwise::FusedActivation or none.
template <class Product>
Variable activated(const std::optional<Activation>& activation, Product product) {
  if (!activation) return product(std::optional<pointwise::Function>{});
  const std::optional<pointwise::Function> fused = activation->fused();
  return fused ? product(fused) : (*activation)(product(fused));
}

/// activation(y), or y where there is none.
inline Variable activated(const std::optional<Activation>& activation, const Variable& y) {
  return activation ? (*activation)(y) : y;
}

}  // namespace credence
