#pragma once

#include "framework/ops/pointwise.hpp"

#include <vector>

namespace credence {

/// Each function that products and noise may be followed by, with some parameters.
inline std::vector<pointwise::Function> fused_activations() {
  using namespace pointwise;
  return {{kEntry<Relu>, {}},           {kEntry<LeakyRelu>, {0.2, 0}}, {kEntry<Elu>, {}},
          {kEntry<Softplus>, {1.7, 0}}, {kEntry<Sigmoid>, {}},         {kEntry<Tanh>, {}}};
}

}  // namespace credence
