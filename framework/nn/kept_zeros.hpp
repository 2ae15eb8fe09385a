// Zeros that stay zero while a model is trained further.
#pragma once

#include "framework/nn/module.hpp"

#include <utility>
#include <vector>

namespace credence::nn {

/// The zeros that the weights of a model have at construction (parameters with the role
/// Role::weight). An optimiser moves them; restore() after each step trains the other weights
/// alone.
class KeptZeros {
 public:
  explicit KeptZeros(Module& model);
  /// Makes them zero again, in place, wherever an optimiser keeps the weights. The model must not
  /// have moved since, nor its weights to another device.
  void restore() const;

 private:
  std::vector<std::pair<Variable*, Tensor>> masks_;  ///< weight, and 0 or 1 for each element
};

}  // namespace credence::nn
