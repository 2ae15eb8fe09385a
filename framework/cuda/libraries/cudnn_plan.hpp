// Plans of a convolution with what follows it, by cuDNN's graph interface. Includes CUDA's headers.
#pragma once

#include "framework/cuda/libraries/cudnn.hpp"
#include "framework/cuda/libraries/cudnn_descriptor.hpp"
#include "framework/cuda/libraries/fused_plan.hpp"

#include <cstdint>
#include <optional>
#include <tuple>

namespace credence::cuda {

/// What a plan calls its arrays.
inline constexpr std::int64_t kX = 1;
inline constexpr std::int64_t kWeight = 2;
inline constexpr std::int64_t kBias = 3;
inline constexpr std::int64_t kY = 4;

/// No kernel asks for more.
inline constexpr std::int64_t kMostAlignment = 16;

/// What follows the convolution, and the alignment of the arrays.
struct Fusion {
  bool bias;
  bool relu;  ///< after a bias only
  std::int64_t x_alignment;
  std::int64_t weight_alignment;
  std::int64_t bias_alignment;
  std::int64_t y_alignment;

  auto key() const {
    return std::tuple(bias, relu, x_alignment, weight_alignment, bias_alignment, y_alignment);
  }
};

struct Plan {
  Descriptor execution;
  FusedPlan properties;
};

/// That of the first engine that keeps to the limits, of which the library names the fastest first;
/// nothing where none does. For the device that `device`, a CUDNN_BACKEND_DEVICEPROP_DESCRIPTOR,
/// describes; where that is null, for the one in use.
template <class T>
std::optional<Plan> make_plan(const Descriptor* device, Precision precision,
                              const ConvolutionShape& shape, const Fusion& fusion);

}  // namespace credence::cuda
