// What cuDNN would make of a convolution on a device that need not be there. Includes no CUDA
// header.
#pragma once

#include "framework/cuda/libraries/engine_choice.hpp"
#include "framework/device/precision.hpp"
#include "framework/kernels/shapes.hpp"

#include <cstdint>
#include <optional>
#include <string>

namespace credence::cuda {

struct FusedPlan {
  EngineNotes notes;
  std::int64_t workspace_bytes;
};

/// Whether the library takes descriptions of devices: from cuDNN 9.8 on.
bool can_describe_devices();

/// How convolve_fused would compute it at this precision; nothing where the library has no engine
/// for it that keeps to the limits. `device` is cuDNN's description of the device in JSON
/// (CUDNN_ATTR_DEVICEPROP_JSON_REPRESENTATION). Throws Error where the library does not take it.
std::optional<FusedPlan> fused_plan(const std::string& device, Precision precision,
                                    const ConvolutionShape& shape, bool bias, bool relu);

}  // namespace credence::cuda
