// The random numbers of a stream on the device. A thread computes one Philox block, which gives
// four elements of a group of 64: those at lane, lane + 16, lane + 32 and lane + 48.
#pragma once

#include "framework/core/random.hpp"
#include "framework/cuda/runtime/capture.hpp"
#include "framework/cuda/runtime/launch.hpp"
#include "framework/formulas/normal_pair.hpp"

#include <cmath>
#include <type_traits>

namespace credence::cuda {

/// A random stream in recorded work. Each replay adds *offset to the draw number (see
/// DeviceGraph::replay).
struct MovingStream {
  RandomStream first;
  const std::uint64_t* offset;

  __device__ RandomStream now() const { return {first.key, first.draw + *offset, first.offset}; }
};
/// The stream with the offset of the device's context.
inline MovingStream moving(const RandomStream& stream) { return {stream, draw_offset()}; }

/// The Philox blocks of n elements of a stream: those of the groups of the draw in which they lie.
struct PhiloxBlocks {
  std::int64_t first;  ///< the counter of the first block
  std::int64_t count;
};
inline PhiloxBlocks philox_blocks(const RandomStream& stream, std::int64_t n) {
  const std::int64_t first = stream.offset / RandomStream::kGroup;
  const std::int64_t end = (stream.offset + n + RandomStream::kGroup - 1) / RandomStream::kGroup;
  return {first * 16, (end - first) * 16};
}

/// Two standard normal numbers from two words, by Box and Muller's transform (see
/// RandomStream::normal). In float32 without calls of the library, whose slow paths for numbers that
/// do not occur here would cost more than the whole transform.
template <class T>
__device__ void normal_pair(std::uint32_t radius_bits, std::uint32_t turn_bits, T* normals) {
  if constexpr (std::is_same_v<T, float>) {
    formulas::normal_pair<formulas::ScalarMath>(radius_bits, turn_bits, normals[0], normals[1]);
  } else {
    const T uniform = (static_cast<T>(radius_bits >> 9) + T(0.5)) * T(0x1p-23);
    const T half_turns = static_cast<T>(turn_bits >> 8) * T(0x1p-23);
    const T radius = std::sqrt(T(-2) * std::log(uniform));
    T sine;
    T cosine;
    sincospi(half_turns, &sine, &cosine);
    normals[0] = radius * cosine;
    normals[1] = radius * sine;
  }
}

/// Calls body(element, normal number) for those of the stream's elements 0 to n − 1 that lie in a
/// Philox block.
template <class T, class Body>
__device__ void for_each_normal(const RandomStream& stream, std::int64_t counter, std::int64_t n,
                                Body body) {
  const std::array<std::uint32_t, 4> words = stream.block(static_cast<std::uint64_t>(counter));
  T normals[4];
  normal_pair(words[0], words[1], normals);
  normal_pair(words[2], words[3], normals + 2);
  for (int word = 0; word < 4; ++word) {
    const std::int64_t element = RandomStream::element_of(counter, word) - stream.offset;
    if (element >= 0 && element < n) body(element, normals[word]);
  }
}

}  // namespace credence::cuda
