// What the files on cuDNN share. Includes CUDA's headers.
#pragma once

#include "framework/cuda/libraries/cudnn_functions.hpp"
#include "framework/cuda/libraries/libraries.hpp"

#include <cstdint>
#include <string>
#include <tuple>
#include <vector>

namespace credence::cuda {

/// More working memory than this is not worth the speed that an algorithm buys with it.
inline constexpr std::int64_t kMostWorkspaceBytes = std::int64_t{1} << 30;

template <class T>
inline constexpr cudnnDataType_t kDataType = sizeof(T) == sizeof(float)    ? CUDNN_DATA_FLOAT
                                             : sizeof(T) == sizeof(double) ? CUDNN_DATA_DOUBLE
                                                                           : CUDNN_DATA_BFLOAT16;

/// Throws Error, naming the operation, unless the call succeeded.
void check(cudnnStatus_t status, const std::string& operation);

/// The one handle; its work goes into the stream. Throws Error without a usable device.
cudnnHandle_t cudnn_handle();

/// The operation and its sizes, for messages.
std::string describe(const char* op, const ConvolutionShape& shape);

/// The extents of all dimensions of an array, which is packed.
using Extents = std::vector<std::int64_t>;

Extents strides(const Extents& extents);
/// The spatial ones that the library is told: two, or three where there is a depth.
Extents spatial(const ConvolutionShape& shape, const Extents3& extents);
Extents x_extents(const ConvolutionShape& shape);
Extents weight_extents(const ConvolutionShape& shape);
Extents y_extents(const ConvolutionShape& shape);

/// What tells shapes apart in a PlanCache.
inline auto key_of(const ConvolutionShape& s) {
  return std::tuple(s.batch, s.groups, s.in_channels, s.out_channels, s.input, s.output, s.kernel,
                    s.stride, s.padding, s.dilation);
}

}  // namespace credence::cuda
