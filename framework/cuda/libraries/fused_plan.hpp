// The plan that cuDNN makes for a convolution on a device that need not be present. Includes no
// CUDA header.
#pragma once

#include "framework/cuda/libraries/engine_choice.hpp"
#include "framework/device/precision.hpp"
#include "framework/kernels/shapes.hpp"

#include <cstdint>
#include <optional>
#include <string>

namespace credence::cuda {

/// The properties of a plan.
struct FusedPlan {
  EngineNotes notes;
  std::int64_t workspace_bytes;
};

/// Whether the library accepts descriptions of devices: from cuDNN 9.8 on.
bool can_describe_devices();

/// The plan of convolve_fused for this precision; nothing where the library has no engine that
/// keeps to the limits. `device` is cuDNN's description of the device in JSON
/// (CUDNN_ATTR_DEVICEPROP_JSON_REPRESENTATION). Throws Error where the library does not accept it.
std::optional<FusedPlan> fused_plan(const std::string& device, Precision precision,
                                    const ConvolutionShape& shape, bool bias, bool relu);

}  // namespace credence::cuda
