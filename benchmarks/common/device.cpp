#include "benchmarks/common/device.hpp"

#include "framework/base/counted.hpp"
#include "framework/base/error.hpp"
#include "framework/core/parallel.hpp"
#include "framework/device/backend.hpp"
#include "framework/dispatch/kernels.hpp"

#include <algorithm>

#include <fmt/core.h>

namespace credence::benchmarks {

Device prepare(const Computing& computing) {
  // Before the work rather than in the middle of it where CREDENCE_ISA asks for what there is not.
  cpu_instruction_set();
  if (computing.threads > 0) set_num_threads(computing.threads);
  const Device device = chosen_device(computing.device);
  if (device == Device::cpu && computing.precision != Precision::fp32) {
    throw Error("[device] the CPU computes in fp32, not in " + name_of(computing.precision));
  }
  set_precision(computing.precision);
  return device;
}

const std::map<std::string, Precision>& precisions() {
  static const std::map<std::string, Precision> names{
      {"fp32", Precision::fp32}, {"tf32", Precision::tf32}, {"bf16", Precision::bf16}};
  return names;
}

std::string name_of(Precision precision) {
  const auto named = [&](const auto& entry) { return entry.second == precision; };
  return std::find_if(precisions().begin(), precisions().end(), named)->first;
}

Device chosen_device(DeviceChoice choice) {
  if (choice == DeviceChoice::cpu) return Device::cpu;
  if (device::availability().usable) return Device::cuda;
  if (choice == DeviceChoice::automatic) return Device::cpu;
  throw Error("[device] CUDA cannot be used: " + device::availability().description);
}

std::string device_text(const Computing& computing) {
  if (chosen_device(computing.device) == Device::cuda) {
    return fmt::format("device {}, {}", device::availability().description,
                       name_of(computing.precision));
  }
  const std::string reason = computing.device == DeviceChoice::automatic
                                 ? fmt::format(" ({})", device::availability().description)
                                 : "";
  return fmt::format("device cpu{}, {}, {} kernels", reason, counted(num_threads(), "thread"),
                     cpu_instruction_set());
}

void wait_for(Device device) {
  if (device == Device::cuda) device::backend().synchronize();
}

}  // namespace credence::benchmarks
