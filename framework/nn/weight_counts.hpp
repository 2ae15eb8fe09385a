// How many weights of a model are zero.
#pragma once

#include "framework/nn/module.hpp"

#include <cstdint>
#include <string>
#include <vector>

namespace credence::nn {

/// The zeros of one weight tensor, and its rows, the slices of its first dimension: the outputs of
/// a fully connected layer, the output channels of a convolution, the input channels of a
/// transposed one.
struct WeightCount {
  std::string name;          ///< the tensor's path: "conv1.weight"
  std::int64_t weights = 0;  ///< elements
  std::int64_t zeros = 0;    ///< of these
  std::int64_t rows = 0;
  std::int64_t rows_left = 0;  ///< rows that are not all zero

  std::int64_t nonzero() const { return weights - zeros; }
};

/// A count for each parameter with the role Role::weight, in the order of visit; of a random weight
/// its mean is counted. Biases and normalisations are left out.
std::vector<WeightCount> weight_counts(Module& model);

}  // namespace credence::nn
