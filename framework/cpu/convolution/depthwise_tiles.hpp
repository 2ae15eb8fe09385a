// The innermost loops of depthwise convolutions (depthwise.cpp). A tile is a vector of neighbouring
// outputs in several rows, so that a vector of pixels serves all rows whose windows contain it.
#pragma once

#include "framework/cpu/convolution/image_columns.hpp"
#include "framework/cpu/simd/loops.hpp"

namespace credence::cpu {
namespace CREDENCE_ISA {

/// A plane with its borders, in phases of step × step where the convolution has a stride (see
/// image_columns.hpp), and the kernel that its outputs see.
struct DepthwisePlane {
  const float* first;  ///< the pixel that the first output sees at kernel position 0
  std::int64_t pitch;  ///< from one row of a phase to the next
  std::int64_t phase;  ///< from one phase to the next
  std::int64_t kernel_height;
  std::int64_t kernel_width;
  std::int64_t step;  ///< 1 or 2
};

/// Rows of a tile.
inline constexpr int kDepthwiseRows = 4;

/// Reads each vector of pixels that a tile sees once, from `at` on, and calls use(kernel position,
/// row of the tile, pixels) for every pair that meets in it. The kernel is Height × Width with step
/// Step.
template <int Height, int Width, int Step, int Rows, class Read, class Use>
[[gnu::always_inline]] inline void for_each_tap(std::int64_t pitch, std::int64_t phase,
                                                const float* at, Read read, Use use) {
  constexpr int kColumnPhases = Step < Width ? Step : Width;
#pragma GCC unroll 5
  for (int kw = 0; kw < Width; ++kw) {
#pragma GCC unroll 2
    for (int half = 0; half < (Step < Height ? Step : Height); ++half) {
      const int taps = (Height - half + Step - 1) / Step;
      const float* const column = at + (half * kColumnPhases + kw % Step) * phase + kw / Step;
#pragma GCC unroll 8
      for (int i = 0; i < Rows + taps - 1; ++i) {
        const Vec pixels = in_register(read(column + i * pitch));
#pragma GCC unroll 5
        for (int j = 0; j < taps; ++j) {
          if (i - j >= 0 && i - j < Rows) use((half + Step * j) * Width + kw, i - j, pixels);
        }
      }
    }
  }
}

/// Outputs of `Rows` rows: `width` of them in each, rows `stride` apart. All are sums + offset.
template <int Height, int Width, int Step, int Rows>
void depthwise_rows(const DepthwisePlane& plane, const float* at, const float* weights,
                    float offset, std::int64_t width, std::int64_t stride, float* to) {
  Vec factors[Height * Width];
#pragma GCC unroll 25
  for (int k = 0; k < Height * Width; ++k) factors[k] = Vec(weights[k]);
  for (std::int64_t w = 0; w < width; w += kLanes) {
    Vec sums[Rows];
#pragma GCC unroll 4
    for (int r = 0; r < Rows; ++r) sums[r] = Vec(offset);
    for_each_tap<Height, Width, Step, Rows>(
        plane.pitch, plane.phase, at + w, [](const float* p) { return load(p); },
        [&](int k, int r, Vec pixels) { sums[r] += factors[k] * pixels; });
    const std::int64_t count = smaller(kLanes, width - w);
#pragma GCC unroll 4
    for (int r = 0; r < Rows; ++r) store_some(to + r * stride + w, sums[r], count);
  }
}

/// Adds the products of the gradients of Rows rows, `width` columns, with the pixels that each
/// kernel position sees, to the lanes of sums [Height · Width]. With Squared the pixels are
/// squared.
template <int Height, int Width, int Step, int Rows, bool Squared>
void depthwise_weight_rows(const DepthwisePlane& plane, const float* at, const float* gradient,
                           std::int64_t width, std::int64_t stride, Vec (&sums)[Height * Width]) {
  const auto add = [&](std::int64_t w, auto read) {
    Vec gradients[Rows];
#pragma GCC unroll 4
    for (int r = 0; r < Rows; ++r) gradients[r] = read(gradient + r * stride + w);
    for_each_tap<Height, Width, Step, Rows>(
        plane.pitch, plane.phase, at + w,
        [&](const float* p) {
          const Vec pixels = read(p);
          return Squared ? pixels * pixels : pixels;
        },
        [&](int k, int r, Vec pixels) { sums[k] += gradients[r] * pixels; });
  };
  std::int64_t w = 0;
  for (; w + kLanes <= width; w += kLanes) {
    add(w, [](const float* p) { return load(p); });
  }
  // What lies beyond the row may be NaN, so it is not read.
  if (w < width) {
    add(w, [&](const float* p) { return load_partial(p, width - w); });
  }
}

}  // namespace CREDENCE_ISA
}  // namespace credence::cpu
