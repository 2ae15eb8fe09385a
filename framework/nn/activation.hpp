// The activation that models and layers carry (ops/activation.hpp).
#pragma once

#include "framework/ops/activation.hpp"

namespace credence::nn {

using credence::Activation;

}  // namespace credence::nn
