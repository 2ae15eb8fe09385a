// The settings of ops in the form in which they describe themselves to an OpObserver.
#pragma once

#include "framework/autograd/op_observer.hpp"
#include "framework/kernels/shapes.hpp"

#include <cstdint>
#include <vector>

namespace credence {

inline std::vector<std::int64_t> list_of(const Shape& shape) {
  return {shape.begin(), shape.end()};
}

/// The last `dimensions` extents, those that an op has.
inline std::vector<std::int64_t> list_of(const Extents3& extents, int dimensions) {
  return {extents.end() - dimensions, extents.end()};
}

}  // namespace credence
