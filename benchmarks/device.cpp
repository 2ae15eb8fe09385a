#include "benchmarks/device.hpp"

#include "framework/core/error.hpp"
#include "framework/core/parallel.hpp"
#include "framework/cuda/runtime.hpp"
#include "framework/kernels.hpp"

#include <fmt/core.h>

namespace credence::benchmarks {

Device chosen_device(DeviceChoice choice) {
  if (choice == DeviceChoice::cpu) return Device::cpu;
  if (cuda::availability().usable) return Device::cuda;
  if (choice == DeviceChoice::automatic) return Device::cpu;
  throw Error("[device] CUDA cannot be used: " + cuda::availability().description);
}

std::string device_text(DeviceChoice choice) {
  if (chosen_device(choice) == Device::cuda) return "device " + cuda::availability().description;
  const std::string reason = choice == DeviceChoice::automatic
                                 ? fmt::format(" ({})", cuda::availability().description)
                                 : "";
  return fmt::format("device cpu{}, {} threads, {} kernels", reason, num_threads(),
                     cpu_instruction_set());
}

void wait_for(Device device) {
  if (device == Device::cuda) cuda::synchronize();
}

}  // namespace credence::benchmarks
