// A check that all parameters and buffers of a model are finite.
#pragma once

#include "framework/nn/module.hpp"

#include <optional>
#include <string>

namespace credence::nn {

/// Looks for an infinite or NaN element in the parameters, then in the buffers, each in the order
/// of visit. Returns a description of the first one, "\"fc3.weight\" [10, 84] has nan as element
/// 12", or nothing where all are finite.
std::optional<std::string> find_not_finite(Module& module);

/// Throws ValueError that names `op` and the tensor where an element is not finite: such a model
/// predicts nothing of use.
void require_finite(Module& module, const std::string& op);

}  // namespace credence::nn
