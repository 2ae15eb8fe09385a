// Copies of a few bytes from the host to the device. Includes no CUDA header.
#pragma once

#include <cstddef>

namespace credence::cuda {

/// The bytes that an argument of a kernel holds.
inline constexpr std::size_t kMostSmallBytes = 1024;

/// Puts the copy of at most kMostSmallBytes into the stream. The bytes travel as an argument of a
/// kernel: a copy from pageable memory would make the host wait until the driver has staged it.
void copy_small(std::byte* to, const std::byte* from, std::size_t bytes);

}  // namespace credence::cuda
