// Helpers that the tests of the Bayesian parts share.
#pragma once

#include "framework/nn/module.hpp"
#include "tests/framework/training.hpp"

#include <stdexcept>

namespace credence::bayes {

/// Standard normal numbers, float32.
inline Tensor float_normals(const Shape& shape, std::string_view name) {
  return normals(shape, name).to(DType::float32);
}

/// The parameter of this path.
inline Variable& parameter(nn::Module& module, std::string_view path) {
  for (const nn::NamedParameter& p : nn::parameters(module)) {
    if (p.name == path) return *p.parameter;
  }
  throw std::out_of_range(std::string(path));
}

inline double item(const Variable& scalar) { return scalar.value().item(); }

}  // namespace credence::bayes
