// Numbers that any program can work out, with which reference values of whole models are made.
#pragma once

#include "framework/core/tensor.hpp"

#include <cmath>

namespace credence::zoo {

/// x[i] = scale · sin(i² + 1), as in generate.py.
inline void fill_with_waves(const Tensor& tensor, double scale) {
  for (std::int64_t i = 0; i < tensor.numel(); ++i) {
    const auto number = static_cast<double>(i);
    tensor.data<float>()[i] = static_cast<float>(scale * std::sin(number * number + 1));
  }
}

/// A tensor of them.
inline Tensor waves(const Shape& shape, double scale) {
  const Tensor x = Tensor::empty(shape);
  fill_with_waves(x, scale);
  return x;
}

}  // namespace credence::zoo
