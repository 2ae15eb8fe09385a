// What the convolutions with an image in each lane share.
#pragma once

#include "framework/cpu/convolution/planar_shape.hpp"
#include "framework/cpu/products/gemm.hpp"
#include "framework/cpu/simd/loops.hpp"
#include "framework/cpu/simd/transpose.hpp"

namespace credence::cpu {
namespace CREDENCE_ISA {

/// Floats of laid out images and results that stay in the second-level cache.
inline constexpr std::int64_t kMostLaneFloats = 131072;

/// Whether images fill their lanes well: those without one cost as much as the others.
inline bool fill_lanes(std::int64_t batch) { return 4 * batch >= 3 * round_up(batch, kLanes); }

/// Images side by side: [channel][row][column][kLanes], lane i of a vector being image i's pixel.
/// Rows begin and end with columns of zeros.
class LanePlanes {
 public:
  LanePlanes(std::int64_t channels, std::int64_t height, std::int64_t width, std::int64_t margin)
      : channels_(channels),
        height_(height),
        width_(width),
        margin_(margin),
        memory_(numel(channels, height, width, margin)) {
    std::memset(memory_.data(), 0, static_cast<std::size_t>(numel()) * sizeof(float));
  }

  /// Floats of such planes, and a vector more that pairs of pixels may touch.
  static std::int64_t numel(std::int64_t channels, std::int64_t height, std::int64_t width,
                            std::int64_t margin) {
    return (channels * height * (width + 2 * margin) + 1) * kLanes;
  }

  /// Lays out up to kLanes images [channels][height][width].
  void put(const float* images, std::int64_t count) const {
    const std::int64_t plane = height_ * width_;
    for (std::int64_t channel = 0; channel < channels_; ++channel) {
      PixelWalk to(at(channel, 0, 0), width_, row_stride());
      for_each_column(count, plane, images + channel * plane, channels_ * plane,
                      [&](std::int64_t, Vec pixel) { store(to.next(), pixel); });
    }
  }

  void square() const {
    map_serial(
        numel(), memory_.data(), [](Vec v) { return v * v; },
        static_cast<const float*>(memory_.data()));
  }

  /// From one row, and one channel, to the next.
  std::int64_t row_stride() const { return (width_ + 2 * margin_) * kLanes; }
  std::int64_t channel_stride() const { return height_ * row_stride(); }
  /// A pixel; columns of the margins too.
  float* at(std::int64_t channel, std::int64_t row, std::int64_t column) const {
    return memory_.data() + channel * channel_stride() + row * row_stride() +
           (column + margin_) * kLanes;
  }

 private:
  std::int64_t numel() const { return numel(channels_, height_, width_, margin_); }

  std::int64_t channels_;
  std::int64_t height_;
  std::int64_t width_;
  std::int64_t margin_;
  Scratch memory_;
};

}  // namespace CREDENCE_ISA
}  // namespace credence::cpu
