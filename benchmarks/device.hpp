// The option --device.
#pragma once

#include "framework/core/device.hpp"

#include <cstdint>
#include <string>

namespace credence::benchmarks {

/// What the user asks for.
enum class DeviceChoice : std::uint8_t {
  automatic,  ///< CUDA where a device can be used
  cpu,
  cuda,
};

/// The device to compute on. Throws Error where CUDA is asked for and cannot be used.
Device chosen_device(DeviceChoice choice);

/// The same for people, with the reason where the choice was automatic: "device cpu (this build has
/// no CUDA), 2 threads, avx512 kernels".
std::string device_text(DeviceChoice choice);

/// Waits until the device has done all that it was told.
void wait_for(Device device);

}  // namespace credence::benchmarks
