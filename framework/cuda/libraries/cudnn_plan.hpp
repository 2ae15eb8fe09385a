// Plans for the passes of a convolution, through cuDNN's graph interface. Includes CUDA's headers.
#pragma once

#include "framework/cuda/libraries/convolution_plan.hpp"
#include "framework/cuda/libraries/cudnn.hpp"
#include "framework/cuda/libraries/cudnn_descriptor.hpp"

#include <cstdint>
#include <optional>
#include <tuple>

namespace credence::cuda {

/// The identifiers of a plan's arrays: input, weight and output of the convolution, or in their
/// place their gradients.
inline constexpr std::int64_t kX = 1;
inline constexpr std::int64_t kWeight = 2;
inline constexpr std::int64_t kBias = 3;
inline constexpr std::int64_t kY = 4;

/// The largest alignment in bytes that a kernel asks for.
inline constexpr std::int64_t kMostAlignment = 16;

/// The alignment of the arrays in bytes.
struct Alignments {
  std::int64_t x = kMostAlignment;
  std::int64_t weight = kMostAlignment;
  std::int64_t bias = kMostAlignment;
  std::int64_t y = kMostAlignment;

  auto key() const { return std::tuple(x, weight, bias, y); }
};

/// A plan for the library, and its properties.
struct Plan {
  Descriptor execution;
  PlanProperties properties;
};

/// The plan with the first engine that keeps to EngineLimits, after `skipped` others that do; the
/// library lists the fastest first. Nothing where no engine does. T is the type of the factors. The
/// plan is for the device that `device`, a CUDNN_BACKEND_DEVICEPROP_DESCRIPTOR, describes, or for
/// the one in use where it is null.
template <class T>
std::optional<Plan> make_plan(const Descriptor* device, Precision precision,
                              const ConvolutionShape& shape, const PlanRequest& request,
                              const Alignments& alignments, int skipped = 0);

}  // namespace credence::cuda
