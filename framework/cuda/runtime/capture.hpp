// Recording what is put into the stream, as the device does it: what DeviceGraph is made of.
// Includes no CUDA header; tests without a device have functions of their own.
#pragma once

#include "framework/device/backend.hpp"

#include <cstdint>
#include <memory>

namespace credence::cuda {

using device::CapturedWork;

/// Until end_capture what is put into the stream is recorded in place of being done.
void begin_capture();
/// Ends that and returns what was recorded.
std::unique_ptr<CapturedWork> end_capture();

/// A number in the device's memory that kernels add to the draw of their streams.
const std::uint64_t* draw_offset();
/// Writes it, in the order of the stream.
void set_draw_offset(std::uint64_t offset);

}  // namespace credence::cuda
