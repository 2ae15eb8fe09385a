// Where an element of a tensor is, for messages.
#pragma once

#include "framework/core/shape.hpp"

#include <cstdint>
#include <string>

namespace credence {

/// "[1, 0, 2]", where element 14 of a tensor of shape [2, 3, 4] is.
inline std::string coordinates(const Shape& shape, std::int64_t element) {
  std::string text;
  for (int i = shape.rank() - 1; i >= 0; element /= shape[i--]) {
    text = std::to_string(element % shape[i]) + (text.empty() ? "" : ", ") + text;
  }
  return "[" + text + "]";
}

}  // namespace credence
