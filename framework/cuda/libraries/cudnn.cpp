// What the files on cuDNN share.
#include "framework/cuda/libraries/cudnn.hpp"

#include "framework/base/error.hpp"
#include "framework/cuda/runtime/context.hpp"

namespace credence::cuda {
namespace {

cudnnHandle_t make_handle() {
  cudnnHandle_t handle = nullptr;
  const cudaStream_t work = stream();
  check(cudnn().create(&handle), "cuda");
  check(cudnn().set_stream(handle, work), "cuda");
  return handle;
}

std::string text(const Extents3& e) {
  return std::to_string(e[0]) + "x" + std::to_string(e[1]) + "x" + std::to_string(e[2]);
}

Extents with_channels(std::int64_t outer, std::int64_t channels, const Extents& extents) {
  Extents all{outer, channels};
  all.insert(all.end(), extents.begin(), extents.end());
  return all;
}

}  // namespace

void check(cudnnStatus_t status, const std::string& operation) {
  if (status == CUDNN_STATUS_SUCCESS) return;
  throw Error("[" + operation + "] cuDNN: " + cudnn().get_error_string(status));
}

// Never destroyed: the driver may be gone before objects of static lifetime are.
cudnnHandle_t cudnn_handle() {
  static const cudnnHandle_t handle = make_handle();
  return handle;
}

std::string describe(const char* op, const ConvolutionShape& s) {
  return std::string(op) + " of " + std::to_string(s.batch) + " images of " +
         std::to_string(s.in_channels) + " channels " + text(s.input) + " with " +
         std::to_string(s.out_channels) + " kernels " + text(s.kernel) + " in " +
         std::to_string(s.groups) + " groups";
}

Extents strides(const Extents& extents) {
  Extents steps(extents.size(), 1);
  for (std::size_t i = extents.size() - 1; i > 0; --i) steps[i - 1] = steps[i] * extents[i];
  return steps;
}

Extents spatial(const ConvolutionShape& s, const Extents3& e) {
  const bool flat = s.input[0] == 1 && s.kernel[0] == 1 && s.output[0] == 1;
  return Extents(e.begin() + (flat ? 1 : 0), e.end());
}

Extents x_extents(const ConvolutionShape& s) {
  return with_channels(s.batch, s.in_channels, spatial(s, s.input));
}
Extents weight_extents(const ConvolutionShape& s) {
  return with_channels(s.out_channels, s.in_channels / s.groups, spatial(s, s.kernel));
}
Extents y_extents(const ConvolutionShape& s) {
  return with_channels(s.batch, s.out_channels, spatial(s, s.output));
}

}  // namespace credence::cuda
