// Names of devices and precisions, and the choice of the device to compute on.
#include "benchmarks/common/device.hpp"

#include "framework/base/counted.hpp"
#include "framework/base/error.hpp"
#include "framework/core/parallel.hpp"
#include "framework/device/backend.hpp"
#include "framework/dispatch/kernels.hpp"

#include <algorithm>
#include <array>
#include <utility>

#include <fmt/core.h>

namespace credence::benchmarks {
namespace {

template <class Value>
using Names = std::array<std::pair<const char*, Value>, 3>;

constexpr Names<Precision> kPrecisions{
    {{"fp32", Precision::fp32}, {"tf32", Precision::tf32}, {"bf16", Precision::bf16}}};
constexpr Names<DeviceChoice> kDevices{
    {{"auto", DeviceChoice::automatic}, {"cpu", DeviceChoice::cpu}, {"cuda", DeviceChoice::cuda}}};

template <class Value>
std::optional<Value> value_of(const Names<Value>& names, const std::string& name) {
  for (const auto& [known, value] : names) {
    if (name == known) return value;
  }
  return {};
}

template <class Value>
std::string name_in(const Names<Value>& names, Value wanted) {
  return std::find_if(names.begin(), names.end(),
                      [&](const auto& entry) { return entry.second == wanted; })
      ->first;
}

}  // namespace

std::optional<Precision> precision_named(const std::string& name) {
  return value_of(kPrecisions, name);
}
std::optional<DeviceChoice> device_choice_named(const std::string& name) {
  return value_of(kDevices, name);
}
std::string name_of(Precision precision) { return name_in(kPrecisions, precision); }
std::string name_of(DeviceChoice choice) { return name_in(kDevices, choice); }

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
