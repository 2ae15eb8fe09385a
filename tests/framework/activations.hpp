// Lists of activations for the tests of ops and kernels.
#pragma once

#include "framework/ops/pointwise.hpp"

#include <vector>

namespace credence {

/// Each function that may follow products and noise in the same kernel, with some parameters.
inline std::vector<pointwise::Function> fused_activations() {
  using namespace pointwise;
  return {{kEntry<Relu>, {}},
          {kEntry<LeakyRelu>, {0.2, 0}},
          {kEntry<Softplus>, {1.7, 0}},
          {kEntry<Sigmoid>, {}},
          {kEntry<Tanh>, {}}};
}

/// The activations whose derivative needs their argument.
inline std::vector<pointwise::Function> activations_not_fused() {
  using namespace pointwise;
  return {{kEntry<Elu>, {1, 0}}, {kEntry<Silu>, {}}, {kEntry<Gelu>, {}}, {kEntry<GeluTanh>, {}}};
}

/// Both lists.
inline std::vector<pointwise::Function> all_activations() {
  std::vector<pointwise::Function> all = fused_activations();
  for (const pointwise::Function& function : activations_not_fused()) all.push_back(function);
  return all;
}

}  // namespace credence
