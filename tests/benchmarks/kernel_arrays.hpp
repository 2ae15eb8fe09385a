// Arrays of kernel tests: filled with a number that no kernel writes, and compared in float64.
#pragma once

#include "framework/core/tensor.hpp"

#include <algorithm>
#include <cmath>

namespace credence::test {

/// The largest difference over the largest value. `found` is float32, `expected` float64.
inline double relative_difference(const Tensor& found, const Tensor& expected) {
  double largest = 0;
  double scale = 0;
  for (std::int64_t i = 0; i < expected.numel(); ++i) {
    const double value = expected.data<double>()[i];
    largest = std::max(largest, std::fabs(found.data<float>()[i] - value));
    scale = std::max(scale, std::fabs(value));
  }
  return largest / scale;
}

inline Tensor unwritten(std::int64_t n, DType dtype = DType::float32) {
  return Tensor::full({n}, 77, dtype);
}

}  // namespace credence::test
