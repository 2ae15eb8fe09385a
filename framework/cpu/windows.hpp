// The geometry of pooling windows.
#pragma once

#include "framework/cpu/loops.hpp"
#include "framework/kernels.hpp"

namespace credence::cpu {
namespace CREDENCE_ISA {

inline std::int64_t volume(const Extents3& extents) { return ConvolutionShape::volume(extents); }

// The part of a window that lies inside the image, in one dimension.
struct Span {
  std::int64_t begin;
  std::int64_t end;
};

inline Span span_at(const PoolShape& s, std::size_t dimension, std::int64_t position) {
  const std::int64_t begin = position * s.stride[dimension] - s.padding[dimension];
  const std::int64_t end = begin + s.kernel[dimension];
  return {begin < 0 ? 0 : begin, end > s.input[dimension] ? s.input[dimension] : end};
}

// A row of windows: its plane, its first output element, and what the windows cover in depth and
// height.
struct WindowRow {
  std::int64_t plane;
  std::int64_t out;
  Span depths;
  Span heights;

  // Where the first and the last of the image rows start that the windows cover.
  std::int64_t first(const PoolShape& s) const { return start(s, depths.begin, heights.begin); }
  std::int64_t last(const PoolShape& s) const { return start(s, depths.end - 1, heights.end - 1); }

  // Calls body(offset in the plane) for the starts of the image rows that the windows cover.
  template <class Body>
  void for_each_image_row(const PoolShape& s, Body body) const {
    for (std::int64_t d = depths.begin; d < depths.end; ++d) {
      for (std::int64_t h = heights.begin; h < heights.end; ++h) {
        body(start(s, d, h));
      }
    }
  }

  static std::int64_t start(const PoolShape& s, std::int64_t depth, std::int64_t height) {
    return (depth * s.input[1] + height) * s.input[2];
  }
};

template <class Body>
void for_each_window_row(const PoolShape& s, std::int64_t plane_begin, std::int64_t plane_end,
                         Body body) {
  std::int64_t out = plane_begin * volume(s.output);
  for (std::int64_t plane = plane_begin; plane < plane_end; ++plane) {
    for (std::int64_t depth = 0; depth < s.output[0]; ++depth) {
      const Span depths = span_at(s, 0, depth);
      for (std::int64_t height = 0; height < s.output[1]; ++height, out += s.output[2]) {
        body(WindowRow{plane, out, depths, span_at(s, 1, height)});
      }
    }
  }
}

// Calls body(begin, end) for ranges of planes.
template <class Body>
void for_each_plane_range(const PoolShape& s, Body body) {
  const std::int64_t numel = volume(s.input);
  parallel_for(s.planes, numel >= kGrain || numel == 0 ? 1 : kGrain / numel, body);
}

}  // namespace CREDENCE_ISA
}  // namespace credence::cpu
