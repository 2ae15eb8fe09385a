#include "framework/cuda/runtime.hpp"

#include "framework/cuda/check.hpp"
#include "framework/cuda/context.hpp"
#include "framework/cuda/launch_raw.hpp"

#include <cstring>

namespace credence::cuda {
namespace {

std::string gibibytes(std::size_t bytes) {
  return std::to_string((bytes + (std::size_t{1} << 29)) >> 30) + " GiB";
}

Availability look_for_device() {
  int driver = 0;
  if (cudaDriverGetVersion(&driver) != cudaSuccess || driver == 0) {
    return {.description = "no CUDA driver"};
  }
  int count = 0;
  const cudaError_t status = cudaGetDeviceCount(&count);
  if (status != cudaSuccess) return {.description = cudaGetErrorString(status)};
  if (count == 0) return {.description = "no CUDA device"};
  cudaDeviceProp properties{};
  if (cudaGetDeviceProperties(&properties, 0) != cudaSuccess) {
    return {.description = "the properties of device 0 cannot be read"};
  }
  return {true, std::string(properties.name) + ", " + gibibytes(properties.totalGlobalMem)};
}

cudaStream_t make_stream() {
  if (!availability().usable) throw Error("[cuda] " + availability().description);
  check(cudaSetDevice(0), "cuda");
  cudaStream_t stream = nullptr;
  check(cudaStreamCreateWithFlags(&stream, cudaStreamNonBlocking), "cuda");
  return stream;
}

cudaMemcpyKind direction(Device to, Device from) {
  if (to == from) return cudaMemcpyDeviceToDevice;
  return to == Device::cuda ? cudaMemcpyHostToDevice : cudaMemcpyDeviceToHost;
}

}  // namespace

const Availability& availability() {
  static const Availability found = look_for_device();
  return found;
}

// Never destroyed: the driver may be gone before objects of static lifetime are.
cudaStream_t stream() {
  static const cudaStream_t stream = make_stream();
  return stream;
}

std::byte* allocate(std::size_t bytes) {
  stream();
  void* block = nullptr;
  const cudaError_t status = cudaMalloc(&block, bytes);
  if (status == cudaErrorMemoryAllocation) {
    // The error would otherwise be reported by the next kernel.
    static_cast<void>(cudaGetLastError());
    return nullptr;
  }
  check(status, "cuda");
  return static_cast<std::byte*>(block);
}

// cudaFree waits for the device, so that nothing uses the block any more. It runs in destructors:
// an error that work left behind is reported by whatever waits for that work.
void free(std::byte* block) { static_cast<void>(cudaFree(block)); }

std::string describe_memory() {
  std::size_t free_bytes = 0;
  std::size_t total_bytes = 0;
  if (cudaMemGetInfo(&free_bytes, &total_bytes) != cudaSuccess) return {};
  return ", " + std::to_string(free_bytes) + " free of " + std::to_string(total_bytes);
}

void copy(std::byte* to, Device to_device, const std::byte* from, Device from_device,
          std::size_t bytes) {
  if (to_device == Device::cpu && from_device == Device::cpu) {
    std::memmove(to, from, bytes);
    return;
  }
  check(cudaMemcpyAsync(to, from, bytes, direction(to_device, from_device), stream()), "copy");
  // From pageable memory the call returns once the driver has its own copy.
  if (to_device == Device::cpu) check(cudaStreamSynchronize(stream()), "copy");
}

void synchronize() { check(cudaStreamSynchronize(stream()), "synchronize"); }

void launch_raw(const char* name, const void* kernel, unsigned blocks, void** arguments) {
  check(cudaLaunchKernel(kernel, dim3(blocks), dim3(kThreads), arguments, 0, stream()), name);
}

}  // namespace credence::cuda
