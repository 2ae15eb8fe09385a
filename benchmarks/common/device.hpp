// Where and how to compute: what the user asks for, and what the machine has.
#pragma once

#include "framework/device/device.hpp"
#include "framework/device/precision.hpp"

#include <cstdint>
#include <optional>
#include <string>

namespace credence::benchmarks {

/// What the user asks for.
enum class DeviceChoice : std::uint8_t {
  automatic,  ///< CUDA where a device can be used
  cpu,
  cuda,
};

/// Where and how to compute.
struct Computing {
  DeviceChoice device = DeviceChoice::automatic;
  int threads = 0;                        ///< of the CPU's kernels; 0: all cores
  Precision precision = Precision::fp32;  ///< of products on a CUDA device
};

/// Sets the process up for it. Throws Error where CUDA is asked for and cannot be used, or a
/// precision that the CPU does not have.
Device prepare(const Computing& computing);

/// The value of "fp32", "tf32" or "bf16", and of "auto", "cpu" or "cuda"; nothing for another name.
std::optional<Precision> precision_named(const std::string& name);
std::optional<DeviceChoice> device_choice_named(const std::string& name);
std::string name_of(Precision precision);
std::string name_of(DeviceChoice choice);

/// The device to compute on. Throws Error where CUDA is asked for and cannot be used.
Device chosen_device(DeviceChoice choice);

/// The same for people, with the reason where the choice was automatic: "device cpu (this build has
/// no CUDA), 2 threads, avx512 kernels", "device NVIDIA H100, 80 GiB, fp32".
std::string device_text(const Computing& computing);

/// Waits until the device has done all that it was told.
void wait_for(Device device);

}  // namespace credence::benchmarks
