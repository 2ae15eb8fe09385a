// Recording of the work in the stream, from which DeviceGraph is made. Includes no CUDA header;
// tests without a device link other definitions.
#pragma once

#include "framework/device/backend.hpp"

#include <cstdint>
#include <memory>

namespace credence::cuda {

using device::CapturedWork;

/// Starts recording: until end_capture, work that enters the stream is recorded and does not run.
void begin_capture();
/// Ends the recording and returns the work.
std::unique_ptr<CapturedWork> end_capture();

/// The address, in the device's memory, of the number that kernels add to the draw number of their
/// random streams.
const std::uint64_t* draw_offset();
/// Sets this number, in stream order.
void set_draw_offset(std::uint64_t offset);

}  // namespace credence::cuda
