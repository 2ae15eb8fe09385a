// The ops of Bayesian layers on shapes with one extent of 0.
#pragma once

#include "framework/ops/pointwise.hpp"
#include "framework/ops/random_convolution.hpp"
#include "tests/framework/empty_extents.hpp"

namespace credence {

/// The op of the layers, in training and with samples folded into the batch.
inline std::vector<EmptyCase> bayesian_cases() {
  const auto drawn = [](const Variable& x, const Variable& weight, const Variable& bias,
                        const ConvolutionOptions& options) {
    const ConvolutionShape shape =
        convolution_shape("convolution", x.shape(), weight.shape(), options);
    return random_convolution("convolution", shape, x, weight, square(weight), bias,
                              RandomStream{1, 2});
  };
  const auto folded = [](const Variable& x, const Variable& weight, const Variable& bias,
                         const ConvolutionOptions& options) {
    const ConvolutionShape shape =
        convolution_shape("convolution", x.shape(), weight.shape(), options);
    return folded_random_convolution("convolution", shape, x, weight, square(weight), bias,
                                     RandomStream{1, 2}, {2, x.shape()[0]});
  };
  std::vector<EmptyCase> cases = convolution_cases("local_reparameterization", drawn);
  const std::vector<EmptyCase> more = convolution_cases("folded_random_convolution", folded);
  cases.insert(cases.end(), more.begin(), more.end());
  return cases;
}

}  // namespace credence
