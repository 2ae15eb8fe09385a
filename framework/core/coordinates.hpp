// The position of an element in a tensor, as text for messages.
#pragma once

#include "framework/core/shape.hpp"

#include <cstdint>
#include <string>

namespace credence {

/// The indices of an element from its row-major number: element 14 of shape [2, 3, 4] is at "[1, 0,
/// 2]".
inline std::string coordinates(const Shape& shape, std::int64_t element) {
  std::string text;
  for (int i = shape.rank() - 1; i >= 0; element /= shape[i--]) {
    text = std::to_string(element % shape[i]) + (text.empty() ? "" : ", ") + text;
  }
  return "[" + text + "]";
}

}  // namespace credence
