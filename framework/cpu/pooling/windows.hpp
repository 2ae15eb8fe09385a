// Pooling windows: where they lie, and the loops that reduce each of them to one element. Window o
// covers elements o · stride − padding + [0, kernel) of the image in each dimension, as far as
// these lie inside it. float32 reduces kLanes neighbouring windows at a time, float64 one after the
// other.
#pragma once

#include "framework/cpu/simd/loops.hpp"
#include "framework/kernels/shapes.hpp"

namespace credence::cpu {
namespace CREDENCE_ISA {

inline std::int64_t volume(const Extents3& extents) { return ConvolutionShape::volume(extents); }

/// The part of a window that lies inside the image, in one dimension.
struct Span {
  std::int64_t begin;
  std::int64_t end;
};

inline Span span_at(const PoolShape& s, std::size_t dimension, std::int64_t position) {
  const std::int64_t begin = position * s.stride[dimension] - s.padding[dimension];
  const std::int64_t end = begin + s.kernel[dimension];
  return {begin < 0 ? 0 : begin, end > s.input[dimension] ? s.input[dimension] : end};
}

/// A row of windows: its plane, its first output element, and the depths and heights that the
/// windows cover.
struct WindowRow {
  std::int64_t plane;
  std::int64_t out;
  Span depths;
  Span heights;

  // Where the first and the last image row start that the windows cover.
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

/// Calls body(row) for the rows of windows of planes [plane_begin, plane_end).
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

/// Calls body(begin, end) for ranges of planes.
template <class Body>
void for_each_plane_range(const PoolShape& s, Body body) {
  const std::int64_t numel = volume(s.input);
  parallel_for(s.planes, numel >= kGrain || numel == 0 ? 1 : kGrain / numel, body);
}

/// The extent of the windows along a row.
struct RowShape {
  std::int64_t kernel;
  std::int64_t stride;
  std::int64_t padding;
};

/// Up to kLanes neighbouring windows of one row over x [numel].
struct Run {
  const float* x;
  std::int64_t numel;
  std::int64_t count;
  bool whole_vectors;  // whether all vectors that the run loads lie inside x
  Span columns;        // elements of the windows that lie in the image row for any window
};

/// Every `stride`-th element from `offset` on, one for each window of the run. Elements outside of
/// x are 0.
[[gnu::noinline]] inline Vec gather(const Run& run, std::int64_t offset, std::int64_t stride) {
  float lanes[kLanes] = {};
  const std::int64_t count = run.count < kLanes ? run.count : kLanes;
  for (std::int64_t i = 0; i < count; ++i, offset += stride) {
    if (offset >= 0 && offset < run.numel) lanes[i] = run.x[offset];
  }
  return load(lanes);
}

/// Calls body(elements, k) for every element k of the windows in one image row. `offset` is where
/// the first window begins in that row.
template <class Body>
[[gnu::always_inline]] inline void for_each_column(const RowShape& row, const Run& run,
                                                   std::int64_t offset, Body body) {
  if (run.whole_vectors && row.stride == 2) {
    // Two neighbouring columns come from the same two vectors.
    const NativeInt even = lane_numbers() * 2;
    for (std::int32_t k = 0; k < row.kernel; k += 2) {
      const NativeFloat first = load(run.x + offset + k).value;
      const NativeFloat second = load(run.x + offset + k + kLanes).value;
      body(Vec(shuffle(first, second, even)), k);
      if (k + 1 < row.kernel) body(Vec(shuffle(first, second, even + 1)), k + 1);
    }
  } else if (run.whole_vectors && row.stride == 1) {
    for (std::int32_t k = 0; k < row.kernel; ++k) body(load(run.x + offset + k), k);
  } else {
    for (std::int64_t k = run.columns.begin; k < run.columns.end; ++k) {
      body(gather(run, offset + k, row.stride), static_cast<std::int32_t>(k));
    }
  }
}

/// The elements of windows that meet an image row of `width` pixels for any of `count` windows. The
/// first window begins at pixel `left`.
inline Span columns_of(const RowShape& row, std::int64_t width, std::int64_t left,
                       std::int64_t count) {
  const std::int64_t windows = count < kLanes ? count : kLanes;
  const std::int64_t begin = -(left + (windows - 1) * row.stride);
  const std::int64_t end = width - left;
  return {begin < 0 ? 0 : begin, end < row.kernel ? end : row.kernel};
}

/// Reduces kLanes neighbouring windows at a time. A Reducer is constructed from the offsets of the
/// first elements of the windows in their image. It takes vectors of elements with their offsets,
/// in scan order. finish(reducer, output element, room) stores the result. `room` is the number of
/// outputs that may be written there. The last vector of a row may run past its end; the next row
/// comes later and overwrites that.
template <class Reducer, class Finish>
void reduce_rows(const PoolShape& shape, const RowShape row_shape, const float* x, Finish finish) {
  for_each_plane_range(shape, [=](std::int64_t begin, std::int64_t end) {
    // A copy that no store can change, so that its members stay in registers.
    const PoolShape s = shape;
    const RowShape r = row_shape;
    const std::int64_t in_numel = volume(s.input);
    const std::int64_t numel = s.planes * in_numel;
    const std::int64_t out_end = end * volume(s.output);
    const auto width = static_cast<std::int32_t>(s.input[2]);
    const NativeInt lanes = lane_numbers() * static_cast<std::int32_t>(r.stride);
    for_each_window_row(s, begin, end, [&](const WindowRow& row) {
      const std::int64_t image = row.plane * in_numel;
      const std::int64_t top = row.first(s);
      const std::int64_t reach = row.last(s) + r.kernel - 1 + r.stride * kLanes;
      for (std::int64_t column = 0; column < s.output[2]; column += kLanes) {
        const std::int64_t left = column * r.stride - r.padding;
        const NativeInt columns = lanes + static_cast<std::int32_t>(left);
        const std::int64_t count = s.output[2] - column;
        const Run run{x, numel, count, image + top + left >= 0 && image + left + reach <= numel,
                      columns_of(r, width, left, count)};
        Reducer reducer((r.padding > 0 ? (columns < 0 ? 0 : columns) : columns) +
                        static_cast<std::int32_t>(top));
        row.for_each_image_row(s, [&](std::int64_t start) {
          for_each_column(r, run, image + start + left, [&](Vec elements, std::int32_t k) {
            const NativeInt at = columns + k;
            if (r.padding > 0) {
              elements = where(Mask{(at >= 0) & (at < width)}, elements, Vec(Reducer::kNeutral));
            }
            reducer.take(elements, at + static_cast<std::int32_t>(start));
          });
        });
        finish(reducer, row.out + column, out_end - row.out - column);
      }
    });
  });
}

/// Whether the windows are the 2 × 2 blocks of each slice in depth.
inline bool in_blocks(const PoolShape& s) {
  // With one output along a dimension its stride does not matter.
  const auto blocks = [&](std::size_t dimension) {
    return s.kernel[dimension] == 2 && s.padding[dimension] == 0 &&
           (s.stride[dimension] == 2 || s.output[dimension] == 1);
  };
  return s.kernel[0] == 1 && s.padding[0] == 0 && s.output[0] == s.input[0] && blocks(1) &&
         blocks(2);
}

/// A vector of x [numel] from `offset` on, with zeros past the end.
[[gnu::noinline]] inline Vec load_within(const float* x, std::int64_t offset, std::int64_t numel) {
  if (offset + kLanes <= numel) return load(x + offset);
  return offset < numel ? load_partial(x + offset, numel - offset) : Vec(0);
}

/// Does what reduce_rows does, for 2 × 2 blocks. The rows of most images are so short that finding
/// out what a window covers would take longer than its four elements.
template <class Reducer, class Finish>
void reduce_blocks(const PoolShape& shape, const float* x, Finish finish) {
  for_each_plane_range(shape, [=](std::int64_t begin, std::int64_t end) {
    const PoolShape s = shape;
    const std::int64_t width = s.input[2];
    const std::int64_t slice_numel = s.input[1] * width;
    const std::int64_t numel = s.planes * s.input[0] * slice_numel;
    const std::int64_t out_end = end * volume(s.output);
    const NativeInt even = lane_numbers() * 2;
    std::int64_t out = begin * volume(s.output);
    for (std::int64_t slice = begin * s.input[0]; slice < end * s.input[0]; ++slice) {
      const std::int64_t in_plane = slice % s.input[0] * slice_numel;
      for (std::int64_t row = 0; row < s.output[1]; ++row, out += s.output[2]) {
        for (std::int64_t column = 0; column < s.output[2]; column += kLanes) {
          const std::int64_t offset = 2 * (row * width + column);
          const std::int64_t top = slice * slice_numel + offset;
          const bool inside = top + width + 2 * kLanes <= numel;
          NativeInt at = even + static_cast<std::int32_t>(in_plane + offset);
          Reducer reducer(at);
          for (std::int64_t line = 0; line < 2; ++line) {
            const std::int64_t i = top + line * width;
            const NativeFloat first = inside ? load(x + i).value : load_within(x, i, numel).value;
            const NativeFloat second =
                inside ? load(x + i + kLanes).value : load_within(x, i + kLanes, numel).value;
            reducer.take(Vec(shuffle(first, second, even)), at);
            reducer.take(Vec(shuffle(first, second, even + 1)), at + 1);
            at += static_cast<std::int32_t>(width);
          }
          finish(reducer, out + column, out_end - out - column);
        }
      }
    }
  });
}

/// Reduces all windows in float32, by reduce_blocks or reduce_rows.
template <class Reducer, class Finish>
void reduce_windows(const PoolShape& s, const float* x, Finish finish) {
  if (in_blocks(s)) {
    reduce_blocks<Reducer>(s, x, finish);
    return;
  }
  // With one output in a row the stride does not matter, and 1 is the cheapest.
  const std::int64_t stride = s.output[2] == 1 ? 1 : s.stride[2];
  reduce_rows<Reducer>(s, {s.kernel[2], stride, s.padding[2]}, x, finish);
}

/// The same in float64, window by window as the definition says: calls start(offset of the first
/// element), take(value, offset) for each element, and finish(output element).
template <class Start, class Take, class Finish>
void reduce_each(const PoolShape& s, const double* x, Start start, Take take, Finish finish) {
  for_each_window_row(s, 0, s.planes, [&](const WindowRow& row) {
    const double* image = x + row.plane * volume(s.input);
    for (std::int64_t column = 0; column < s.output[2]; ++column) {
      const Span columns = span_at(s, 2, column);
      start(row.first(s) + columns.begin);
      row.for_each_image_row(s, [&](std::int64_t first) {
        for (std::int64_t w = columns.begin; w < columns.end; ++w)
          take(image[first + w], first + w);
      });
      finish(row.out + column);
    }
  });
}

}  // namespace CREDENCE_ISA
}  // namespace credence::cpu
