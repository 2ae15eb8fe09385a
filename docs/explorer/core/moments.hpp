// Mean and deviation over draws.
#pragma once

#include "framework/core/tensor.hpp"

#include <vector>

namespace credence::explorer {

/// Of each element of a row, over the S rows of values [S, …].
struct Moments {
  std::vector<double> mean;
  std::vector<double> deviation;  ///< the root of 1/S Σ (value − mean)²
};
Moments moments(const Tensor& values);

}  // namespace credence::explorer
