// What both ways between a model and its smaller form need: where the layers of a chain and their
// tensors stand in the model, and lists of units.
#pragma once

#include "framework/base/error.hpp"
#include "framework/nn/module.hpp"

#include <cstdint>
#include <numeric>
#include <optional>
#include <string>
#include <vector>

namespace credence::nn {

/// The path of a layer of a chain. Throws ValueError where the layer is no part of the model.
inline std::string path_in(Module& model, const Module& part) {
  const std::optional<std::string> path = path_of(part, model);
  if (!path) throw ValueError("[shrink] the chain has a layer that is not a part of the model");
  return *path;
}

/// The path of a tensor of the part at `path`; that of the model itself is empty.
inline std::string join(const std::string& path, const std::string& name) {
  return path.empty() ? name : path + '.' + name;
}

/// Units of a layer by their numbers.
using Units = std::vector<std::int64_t>;

/// 0, 1, …, count - 1
inline Units all_units(std::int64_t count) {
  Units units(static_cast<std::size_t>(count));
  std::iota(units.begin(), units.end(), 0);
  return units;
}

}  // namespace credence::nn
