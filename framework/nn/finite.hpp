// Where a model's numbers are infinite or NaN: parameters and buffers, gradients, outputs of parts.
#pragma once

#include "framework/nn/module.hpp"

#include <optional>
#include <span>
#include <string>

namespace credence::nn {

/// Looks for an infinite or NaN element in the parameters, then in the buffers, each in the order
/// of visit. Returns a description of the first one, "\"fc3.weight\" [10, 84] has nan as element
/// 12", or nothing where all are finite.
std::optional<std::string> find_not_finite(Module& module);

/// Looks for such an element in the gradients, from the last parameter in the order of visit to the
/// first: a gradient that is wrong makes those of the layers before it wrong. Returns "the gradient
/// of \"conv2.weight\" [16, 6, 5, 5] has nan as element 12", or nothing.
std::optional<std::string> find_not_finite_gradient(Module& module);

/// While it is alive, notes the first call of a module whose outputs are not finite. A part's call
/// comes before that of the module that contains it, so it is the part where they first arise.
class FirstNotFiniteOutput : public CallObserver {
 public:
  void returned(Module& module, std::span<const Variable> inputs,
                std::span<const Variable> outputs) override;
  /// "first in the output of \"fc1\"", or "in the input of" where the part got such numbers and no
  /// other part gave them; nothing where there was no such call of a part of `whole`.
  std::optional<std::string> place(Module& whole) const;

 private:
  const Module* found_ = nullptr;
  bool in_input_ = false;
};

/// Throws ValueError that names `op` and the tensor where an element is not finite: such a model
/// predicts nothing of use.
void require_finite(Module& module, const std::string& op);

}  // namespace credence::nn
