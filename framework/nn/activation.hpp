#pragma once

#include "framework/autograd/variable.hpp"
#include "framework/ops/pointwise.hpp"

#include <cstdint>
#include <string>

namespace credence::nn {

/// A pointwise nonlinearity as a value: a model carries its own, and models are compared by it.
class Activation {
 public:
  enum class Kind : std::uint8_t { relu, leaky_relu, elu, softplus, silu, tanh, sigmoid };

  /// `parameter` is the slope of leaky_relu, not negative, or the beta of softplus, positive:
  /// throws ValueError for another one.
  explicit Activation(Kind kind, double parameter = 1);
  static Activation relu() { return Activation(Kind::relu); }
  static Activation leaky_relu(double slope) { return Activation(Kind::leaky_relu, slope); }
  static Activation softplus(double beta = 1) { return Activation(Kind::softplus, beta); }

  /// The activation that a name stands for: as name() gives it, or with the parameter after a
  /// colon ("softplus:10", "leaky_relu:0.1"). Throws ValueError, listing the names, for another one
  /// and for a parameter that is no number, negative, or 0 of softplus.
  static Activation from_name(const std::string& name);

  Variable operator()(const Variable& x) const { return pointwise::apply(function(), x); }
  /// What it is in the catalogue: for ops that apply it to their result.
  pointwise::Function function() const;
  /// "relu", "softplus(beta = 10)"; from_name makes the same activation of it.
  std::string name() const;
  bool operator==(const Activation& other) const = default;

 private:
  Kind kind_;
  double parameter_;
};

}  // namespace credence::nn
