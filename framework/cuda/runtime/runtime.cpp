// The device's functions by the CUDA runtime: its stream, memory, copies and recorded work. All use
// device 0 and one stream.
#include "framework/cuda/runtime/runtime.hpp"

#include "framework/cuda/runtime/capture.hpp"
#include "framework/cuda/runtime/check.hpp"
#include "framework/cuda/runtime/context.hpp"
#include "framework/cuda/runtime/handle.hpp"
#include "framework/cuda/runtime/launch_raw.hpp"
#include "framework/cuda/runtime/small_copy.hpp"
#include "framework/device/recording.hpp"

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

class CapturedGraph : public CapturedWork {
 public:
  explicit CapturedGraph(cudaGraphExec_t executable) : executable_(executable) {}
  void launch() const override { check(cudaGraphLaunch(executable_.get(), stream()), "graph"); }

 private:
  Owned<cudaGraphExec_t, cudaGraphExecDestroy> executable_;
};

// It is never freed; neither is the stream.
std::byte* make_draw_offset() {
  std::byte* const offset = allocate(sizeof(std::uint64_t));
  if (offset == nullptr) throw Error("[cuda] the device has no memory left");
  check(cudaMemsetAsync(offset, 0, sizeof(std::uint64_t), stream()), "cuda");
  return offset;
}

}  // namespace

const Availability& availability() {
  static const Availability found = look_for_device();
  return found;
}

// It is never destroyed, because the driver may be gone before objects of static lifetime are.
cudaStream_t stream() {
  static const cudaStream_t stream = make_stream();
  return stream;
}

std::byte* allocate(std::size_t bytes) {
  stream();
  void* block = nullptr;
  const cudaError_t status = cudaMalloc(&block, bytes);
  if (status == cudaErrorMemoryAllocation) {
    // Clears the error, which the next launch would otherwise report.
    static_cast<void>(cudaGetLastError());
    return nullptr;
  }
  check(status, "cuda");
  return static_cast<std::byte*>(block);
}

// cudaFree waits for the device, so that nothing uses the block afterwards. It runs in destructors.
// An error of earlier work is reported by the next call that waits for it.
void free(std::byte* block) { static_cast<void>(cudaFree(block)); }

std::size_t free_memory() {
  stream();
  std::size_t free_bytes = 0;
  std::size_t total_bytes = 0;
  check(cudaMemGetInfo(&free_bytes, &total_bytes), "cuda");
  return free_bytes;
}

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
  if (to_device != from_device) device::refuse_while_recording("copy");
  if (from_device == Device::cpu && bytes <= kMostSmallBytes) return copy_small(to, from, bytes);
  check(cudaMemcpyAsync(to, from, bytes, direction(to_device, from_device), stream()), "copy");
  // From pageable memory the call returns once the driver has a copy of its own.
  if (to_device == Device::cpu) check(cudaStreamSynchronize(stream()), "copy");
}

void* stream_of_work() { return stream(); }

void synchronize() {
  device::refuse_while_recording("synchronize");
  check(cudaStreamSynchronize(stream()), "synchronize");
}

// In relaxed mode, allocations of other threads, and of this one when a pool grows, are allowed and
// are not recorded.
void begin_capture() {
  check(cudaStreamBeginCapture(stream(), cudaStreamCaptureModeRelaxed), "graph");
}

std::unique_ptr<CapturedWork> end_capture() {
  cudaGraph_t graph = nullptr;
  check(cudaStreamEndCapture(stream(), &graph), "graph");
  const Owned<cudaGraph_t, cudaGraphDestroy> owned(graph);
  cudaGraphExec_t executable = nullptr;
  check(cudaGraphInstantiate(&executable, graph, 0), "graph");
  return std::make_unique<CapturedGraph>(executable);
}

const std::uint64_t* draw_offset() {
  static const auto offset = reinterpret_cast<std::uint64_t*>(make_draw_offset());
  return offset;
}

void set_draw_offset(std::uint64_t offset) {
  copy(reinterpret_cast<std::byte*>(const_cast<std::uint64_t*>(draw_offset())), Device::cuda,
       reinterpret_cast<const std::byte*>(&offset), Device::cpu, sizeof(offset));
}

void launch_raw(const char* name, const void* kernel, const LaunchShape& shape, void** arguments) {
  const auto dimensions = [](const Extent& e) { return dim3(e.x, e.y, e.z); };
  check(cudaLaunchKernel(kernel, dimensions(shape.blocks), dimensions(shape.threads), arguments,
                         shape.shared_bytes, stream()),
        name);
}

}  // namespace credence::cuda
