// The plan that cuDNN makes for a pass of a convolution on a device that need not be present.
// Includes no CUDA header.
#pragma once

#include "framework/base/dtype.hpp"
#include "framework/cuda/libraries/engine_choice.hpp"
#include "framework/device/precision.hpp"
#include "framework/kernels/shapes.hpp"

#include <cstdint>
#include <optional>
#include <string>
#include <tuple>

namespace credence::cuda {

/// What is asked of a plan beside the shape.
struct PlanRequest {
  ConvolutionPass pass = ConvolutionPass::forward;
  bool wide = false;  ///< results in the type of the sums, not in that of the factors
  bool bias = false;  ///< of the forward pass, added to its results
  bool relu = false;  ///< after a bias only

  auto key() const { return std::tuple(pass, wide, bias, relu); }
};

/// The properties of a plan.
struct PlanProperties {
  EngineNotes notes;
  std::int64_t workspace_bytes;
};

/// Whether the library accepts descriptions of devices: from cuDNN 9.8 on.
bool can_describe_devices();

/// The plan for arrays of float64 or, with factors in this precision, of float32; nothing where the
/// library has no engine that keeps to the limits. `device` is cuDNN's description of the device in
/// JSON (CUDNN_ATTR_DEVICEPROP_JSON_REPRESENTATION). Throws Error where the library does not accept
/// it.
std::optional<PlanProperties> plan_on(const std::string& device, DType dtype, Precision precision,
                                      const ConvolutionShape& shape, const PlanRequest& request);

}  // namespace credence::cuda
