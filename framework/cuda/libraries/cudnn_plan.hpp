// Plans for a convolution with a bias and ReLU, through cuDNN's graph interface. Includes CUDA's
// headers.
#pragma once

#include "framework/cuda/libraries/cudnn.hpp"
#include "framework/cuda/libraries/cudnn_descriptor.hpp"
#include "framework/cuda/libraries/fused_plan.hpp"

#include <cstdint>
#include <optional>
#include <tuple>

namespace credence::cuda {

/// The identifiers of a plan's arrays.
inline constexpr std::int64_t kX = 1;
inline constexpr std::int64_t kWeight = 2;
inline constexpr std::int64_t kBias = 3;
inline constexpr std::int64_t kY = 4;

/// The largest alignment in bytes that a kernel asks for.
inline constexpr std::int64_t kMostAlignment = 16;

/// What follows the convolution, and the alignment of the arrays in bytes.
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

/// A plan for the library, and its properties.
struct Plan {
  Descriptor execution;
  FusedPlan properties;
};

/// The plan with the first engine that keeps to EngineLimits, after `skipped` others that do; the
/// library lists the fastest first. Nothing where no engine does. The plan is for the device that
/// `device`, a CUDNN_BACKEND_DEVICEPROP_DESCRIPTOR, describes, or for the one in use where it is
/// null.
template <class T>
std::optional<Plan> make_plan(const Descriptor* device, Precision precision,
                              const ConvolutionShape& shape, const Fusion& fusion, int skipped = 0);

}  // namespace credence::cuda
