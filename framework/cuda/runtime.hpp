// The CUDA device as the framework's host code sees it; no CUDA header is needed to include this. A
// build without CUDA has the same functions: availability() says so, the others throw Error.
//
// All work on the device is put into one stream, in the order of the calls, and runs while the host
// goes on: a block that is freed may be handed out again at once, as what uses it next comes later
// in the stream.
#pragma once

#include "framework/core/device.hpp"
#include "framework/core/dtype.hpp"

#include <cstddef>
#include <cstdint>
#include <string>

namespace credence::cuda {

/// Whether there is a device that can be used.
struct Availability {
  bool usable = false;
  std::string description{};  ///< the card's name and memory, or why there is none
  bool built_in = true;       ///< whether this build has the backend, device or not
};
/// Looks once; later calls give the same answer.
const Availability& availability();

/// Memory of the device; null where it has none left. Throws Error without a usable device.
std::byte* allocate(std::size_t bytes);
void free(std::byte* block);
/// Bytes of the device's memory that nobody has taken. Throws Error without a usable device.
std::size_t free_memory();
/// ", 1234 free of 5678": the device's memory in bytes, as part of an error.
std::string describe_memory();

/// Copies within the device, to it or from it. Host memory may be changed or freed once the call
/// has returned, and holds the copy if it is the destination: that waits for the device, a copy to
/// it does not.
void copy(std::byte* to, Device to_device, const std::byte* from, Device from_device,
          std::size_t bytes);
/// Sets n elements of the type to a value.
void fill(DType dtype, std::byte* elements, std::int64_t n, double value);
/// Converts n elements from one type to another, as static_cast does.
void convert(DType from, const std::byte* elements, DType to, std::byte* converted, std::int64_t n);

/// Waits for all work on the device. Throws Error where some of it failed.
void synchronize();

}  // namespace credence::cuda
