// Flattening as a module, for Sequential and for models built at run time.
#pragma once

#include "framework/nn/module.hpp"
#include "framework/ops/shape_ops.hpp"

#include <string>

namespace credence::nn {

/// Reshapes x [N, …] to [N, product of the other extents]; a view, as torch.nn.Flatten.
class Flatten : public Module {
 public:
  Variable forward(const Variable& x) override { return flatten(x); }
  std::string type_name() const override { return "Flatten"; }
};

}  // namespace credence::nn
