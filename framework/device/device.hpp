// The devices that hold tensors.
#pragma once

#include <cstdint>

namespace credence {

/// The device in whose memory a tensor's elements lie.
enum class Device : std::uint8_t { cpu, cuda };

/// "cpu" or "cuda".
constexpr const char* to_string(Device device) { return device == Device::cpu ? "cpu" : "cuda"; }

}  // namespace credence
