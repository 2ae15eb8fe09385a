// The outputs of all passes of an evaluation.
#pragma once

#include "bayes/evaluation.hpp"

#include <vector>

namespace credence::bayes {

/// A copy of the outputs of each pass for the inputs x.
inline std::vector<Tensor> passes(Evaluation& evaluation, const Tensor& x) {
  std::vector<Tensor> outputs;
  evaluation.for_each_pass(x, [&](const Variable& y) { outputs.push_back(y.value().clone()); });
  return outputs;
}

}  // namespace credence::bayes
