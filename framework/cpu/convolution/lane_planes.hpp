// Images in the form that the convolutions with an image in each lane read (image_lanes.hpp), and
// the limits of those convolutions.
#pragma once

#include "framework/cpu/convolution/planar_shape.hpp"
#include "framework/cpu/products/gemm.hpp"
#include "framework/cpu/simd/loops.hpp"
#include "framework/cpu/simd/transpose.hpp"

namespace credence::cpu {
namespace CREDENCE_ISA {

/// Columns of zeros on either side of the rows that the forward pass reads. It computes outputs in
/// pairs, and where only one of the pair has a tap the other one meets these zeros.
inline constexpr std::int64_t kLaneMargin = 1;
/// Columns of the widest kernel for which the gradient of the weights has code.
inline constexpr int kMostLaneTaps = 5;

/// Up to kLanes images side by side: [channel][row][column][kLanes]. Lane i of a vector is the
/// pixel of image i. Rows begin and end with `margin` columns of zeros.
class LanePlanes {
 public:
  LanePlanes(std::int64_t channels, std::int64_t height, std::int64_t width, std::int64_t margin)
      : channels_(channels),
        height_(height),
        width_(width),
        margin_(margin),
        memory_(vectors(channels, height, width, margin) * kLanes) {
    std::memset(memory_.data(), 0, static_cast<std::size_t>(numel()) * sizeof(float));
  }

  /// Vectors in the memory of such planes. It ends with one vector that pairs of pixels may touch.
  static std::int64_t vectors(std::int64_t channels, std::int64_t height, std::int64_t width,
                              std::int64_t margin) {
    return channels * height * (width + 2 * margin) + 1;
  }

  /// Transposes up to kLanes images [channels][height][width] into this form.
  void put(const float* images, std::int64_t count) const {
    const std::int64_t plane = height_ * width_;
    for (std::int64_t channel = 0; channel < channels_; ++channel) {
      PixelWalk to(at(channel, 0, 0), width_, row_stride());
      for_each_column(count, plane, images + channel * plane, channels_ * plane,
                      [&](std::int64_t, Vec pixel) { store(to.next(), pixel); });
    }
  }

  /// Replaces each pixel by its square.
  void square() const {
    map_serial(
        numel(), memory_.data(), [](Vec v) { return v * v; },
        static_cast<const float*>(memory_.data()));
  }

  /// Distances from one row, and from one channel, to the next.
  std::int64_t row_stride() const { return (width_ + 2 * margin_) * kLanes; }
  std::int64_t channel_stride() const { return height_ * row_stride(); }
  /// Where a pixel stands. The column may lie in a margin.
  float* at(std::int64_t channel, std::int64_t row, std::int64_t column) const {
    return memory_.data() + channel * channel_stride() + row * row_stride() +
           (column + margin_) * kLanes;
  }

 private:
  std::int64_t numel() const { return vectors(channels_, height_, width_, margin_) * kLanes; }

  std::int64_t channels_;
  std::int64_t height_;
  std::int64_t width_;
  std::int64_t margin_;
  Scratch memory_;
};

}  // namespace CREDENCE_ISA
}  // namespace credence::cpu
