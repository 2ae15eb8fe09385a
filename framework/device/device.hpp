#pragma once

#include <cstdint>

namespace credence {

/// Where a tensor's elements live.
enum class Device : std::uint8_t { cpu, cuda };

constexpr const char* to_string(Device device) { return device == Device::cpu ? "cpu" : "cuda"; }

}  // namespace credence
