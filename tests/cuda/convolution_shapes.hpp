// Shapes of convolutions for the tests of the device's kernels.
#pragma once

#include "framework/kernels/shapes.hpp"

#include <vector>

namespace credence {

/// Convolutions in one, two and three dimensions, with padding, strides, dilation and groups.
inline std::vector<ConvolutionShape> convolution_shapes() {
  return {
      {.batch = 2,
       .in_channels = 3,
       .out_channels = 4,
       .input = {1, 6, 5},
       .output = {1, 6, 5},
       .kernel = {1, 3, 3},
       .padding = {0, 1, 1}},
      {.batch = 2,
       .groups = 2,
       .in_channels = 4,
       .out_channels = 6,
       .input = {1, 1, 9},
       .output = {1, 1, 4},
       .kernel = {1, 1, 3},
       .stride = {1, 1, 2}},
      {.batch = 1,
       .in_channels = 2,
       .out_channels = 3,
       .input = {4, 5, 6},
       .output = {3, 4, 4},
       .kernel = {2, 2, 2},
       .dilation = {1, 1, 2}},
      {.batch = 3,
       .in_channels = 5,
       .out_channels = 6,
       .input = {1, 7, 6},
       .output = {1, 4, 6},
       .kernel = {1, 3, 3},
       .stride = {1, 2, 1},
       .padding = {0, 1, 1}},
      {.batch = 2,
       .groups = 2,
       .in_channels = 4,
       .out_channels = 6,
       .input = {1, 6, 6},
       .output = {1, 4, 4},
       .kernel = {1, 3, 3}},
      // The last row and column are in no window.
      {.batch = 2,
       .in_channels = 3,
       .out_channels = 4,
       .input = {1, 8, 6},
       .output = {1, 3, 2},
       .kernel = {1, 3, 3},
       .stride = {1, 2, 2}},
  };
}

}  // namespace credence
