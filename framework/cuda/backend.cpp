// The two functions through which the folders above reach the CUDA backend.
// framework/device/backend.cpp and framework/dispatch/kernels.cpp find them by weak references.
#include "framework/cuda/runtime/capture.hpp"
#include "framework/cuda/runtime/runtime.hpp"
#include "framework/cuda/table.hpp"
#include "framework/device/account.hpp"

namespace {

// Tells the account of copies; kernels tell it themselves (runtime/launch.hpp).
void copy(std::byte* to, credence::Device to_device, const std::byte* from,
          credence::Device from_device, std::size_t bytes) {
  using credence::Device;
  credence::cuda::copy(to, to_device, from, from_device, bytes);
  if (!credence::device::account_listens()) return;
  const auto moved = static_cast<std::int64_t>(bytes);
  credence::device::tell_account(
      {.name = "copy",
       .source = credence::device::Source::copy,
       .work = {.read_bytes = from_device == Device::cuda ? moved : 0,
                .written_bytes = to_device == Device::cuda ? moved : 0}});
}

}  // namespace

extern "C" const credence::device::Backend* credence_cuda_backend();
extern "C" const credence::cuda::Table* credence_cuda_kernels();

const credence::device::Backend* credence_cuda_backend() {
  namespace cuda = credence::cuda;
  static constexpr credence::device::Backend kBackend{
      .availability = &cuda::availability,
      .allocate = &cuda::allocate,
      .free = &cuda::free,
      .free_memory = &cuda::free_memory,
      .describe_memory = &cuda::describe_memory,
      .copy = &copy,
      .fill = &cuda::fill,
      .convert = &cuda::convert,
      .synchronize = &cuda::synchronize,
      .stream = &cuda::stream_of_work,
      .begin_capture = &cuda::begin_capture,
      .end_capture = &cuda::end_capture,
      .set_draw_offset = &cuda::set_draw_offset,
      .make_upload = &cuda::make_upload,
      .make_timer = &cuda::make_timer,
      .cache_bytes = &cuda::cache_bytes,
  };
  return &kBackend;
}

const credence::cuda::Table* credence_cuda_kernels() { return &credence::cuda::table(); }
