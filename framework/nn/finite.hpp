// Whether a model's numbers are numbers.
#pragma once

#include "framework/nn/module.hpp"

#include <optional>
#include <string>

namespace credence::nn {

/// The first parameter or buffer, in the order of visit, that has an element which is infinite or
/// no number, as words: "\"fc3.weight\" [10, 84] has nan as element 12". Nothing where all are
/// finite.
std::optional<std::string> find_not_finite(Module& module);

/// Throws ValueError, which names `op` and the tensor, where there is one: what such a model gives
/// is no prediction.
void require_finite(Module& module, const std::string& op);

}  // namespace credence::nn
