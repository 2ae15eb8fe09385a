#pragma once

#include "framework/kernels.hpp"

namespace credence::cuda {

/// y (walked by the loop's b strides) = the sum of x (its a strides) over the broadcast dimensions,
/// in a fixed order.
void sum_to(const BroadcastLoop& loop, const float* x, float* y);
void sum_to(const BroadcastLoop& loop, const double* x, double* y);

}  // namespace credence::cuda
