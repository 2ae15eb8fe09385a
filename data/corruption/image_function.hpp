// A corruption that is prepared for a level and a shape of images.
#pragma once

#include "framework/core/random.hpp"

#include <cstdint>
#include <functional>

namespace credence::data {

/// The shape of one image, [channels, height, width].
struct ImageShape {
  std::int64_t channels;
  std::int64_t height;
  std::int64_t width;

  std::int64_t plane() const { return height * width; }
  std::int64_t numel() const { return channels * plane(); }
};

/// Writes the corrupted form of an image to `corrupted`. The image's random numbers come from
/// `random`. Several threads may call it at once.
using ImageFunction = std::function<void(const std::uint8_t* image, const RandomStream& random,
                                         std::uint8_t* corrupted)>;

}  // namespace credence::data
