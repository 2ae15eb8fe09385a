// Where the layers of a chain and their tensors stand in their model.
#pragma once

#include "framework/base/error.hpp"
#include "framework/nn/module.hpp"

#include <optional>
#include <string>

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

}  // namespace credence::nn
