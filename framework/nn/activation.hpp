// The nonlinearity between the layers of a model, as a value that has a name and can be compared.
#pragma once

#include "framework/autograd/variable.hpp"
#include "framework/ops/pointwise.hpp"

#include <cstdint>
#include <string>

namespace credence::nn {

/// A pointwise nonlinearity with its parameter. A model stores its own; `convert` compares those of
/// two models. framework/formulas/pointwise.hpp has the formulas.
class Activation {
 public:
  /// The available functions.
  enum class Kind : std::uint8_t { relu, leaky_relu, elu, softplus, silu, tanh, sigmoid };

  /// `parameter` is the slope of leaky_relu (≥ 0) or the beta of softplus (> 0); the other kinds
  /// have none. Throws ValueError for a parameter out of range.
  explicit Activation(Kind kind, double parameter = 1);
  static Activation relu() { return Activation(Kind::relu); }
  static Activation leaky_relu(double slope) { return Activation(Kind::leaky_relu, slope); }
  static Activation softplus(double beta = 1) { return Activation(Kind::softplus, beta); }

  /// The activation with this name: as name() returns it, or with the parameter after a colon
  /// ("softplus:10", "leaky_relu:0.1"). Throws ValueError with the list of names for an unknown
  /// name and for a parameter that is not a number or out of range.
  static Activation from_name(const std::string& name);

  /// Applies the function to each element.
  Variable operator()(const Variable& x) const { return pointwise::apply(function(), x); }
  /// The entry in the catalogue and the parameters, for ops that apply the activation to their own
  /// result.
  pointwise::Function function() const;
  /// "relu", "softplus(beta = 10)". from_name accepts it.
  std::string name() const;
  bool operator==(const Activation& other) const = default;

 private:
  Kind kind_;
  double parameter_;
};

}  // namespace credence::nn
