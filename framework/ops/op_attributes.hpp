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

/// The kernel, the stride and the padding of a window over so many dimensions.
template <class WindowShape>
std::vector<OpAttribute> window_attributes(const WindowShape& shape, int dimensions) {
  return {{"kernel", list_of(shape.kernel, dimensions)},
          {"stride", list_of(shape.stride, dimensions)},
          {"padding", list_of(shape.padding, dimensions)}};
}

/// The same with the dilation and the groups.
inline std::vector<OpAttribute> convolution_attributes(const ConvolutionShape& shape,
                                                       int dimensions) {
  std::vector<OpAttribute> attributes = window_attributes(shape, dimensions);
  attributes.push_back({"dilation", list_of(shape.dilation, dimensions)});
  attributes.push_back({"groups", shape.groups});
  return attributes;
}

}  // namespace credence
