// A tensor with its name, as files, optimisers and objectives hand them around.
#pragma once

#include "framework/core/tensor.hpp"

#include <string>

namespace credence {

struct NamedTensor {
  std::string name;
  Tensor tensor;
};

}  // namespace credence
