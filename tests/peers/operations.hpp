// Tables of the operations that a request can ask for, by PyTorch's names where it has them.
#pragma once

#include "tests/peers/call.hpp"

#include <cstdint>
#include <functional>
#include <map>
#include <span>
#include <string>
#include <vector>

namespace credence::peers {

using Operation = std::function<Answer(Call&)>;
using Operations = std::map<std::string, Operation>;

Operations elementwise_operations();
Operations shape_operations();
Operations image_operations();
Operations loss_operations();

inline Shape shape_of(const std::vector<std::int64_t>& extents) {
  return Shape(std::span<const std::int64_t>(extents));
}

}  // namespace credence::peers
