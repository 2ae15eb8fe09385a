// The link to the CUDA backend, which a program may be linked without.
#include "framework/device/backend.hpp"

#include "framework/base/error.hpp"

/// Defined by the library credence-cuda. The reference is weak: a program that is linked without
/// that library has no backend, and needs nothing of CUDA.
extern "C" [[gnu::weak]] const credence::device::Backend* credence_cuda_backend();

namespace credence::device {

const Backend& backend() {
  if (credence_cuda_backend == nullptr) throw Error("[cuda] this build has no CUDA");
  return *credence_cuda_backend();
}

const Availability& availability() {
  static const Availability none{
      .usable = false, .description = "this build has no CUDA", .built_in = false};
  return credence_cuda_backend == nullptr ? none : backend().availability();
}

}  // namespace credence::device
