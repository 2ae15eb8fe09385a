#include "framework/cpu/families.hpp"
#include "framework/cpu/loops.hpp"

#include <cmath>

namespace credence::cpu {
namespace CREDENCE_ISA {
namespace {

std::int64_t volume(const Extents3& extents) { return ConvolutionShape::volume(extents); }

std::int64_t planes_per_range(std::int64_t plane_numel) {
  return plane_numel >= kGrain || plane_numel == 0 ? 1 : kGrain / plane_numel;
}

// The part of a window that lies inside the image, per dimension.
struct Window {
  std::int64_t begin[3];
  std::int64_t end[3];
};

Window window_at(const PoolShape& s, const std::int64_t (&position)[3]) {
  Window window;
  for (std::size_t i = 0; i < 3; ++i) {
    const std::int64_t begin = position[i] * s.stride[i] - s.padding[i];
    const std::int64_t end = begin + s.kernel[i];
    window.begin[i] = begin < 0 ? 0 : begin;
    window.end[i] = end > s.input[i] ? s.input[i] : end;
  }
  return window;
}

// Calls body(plane, output element, window) for the windows of all planes.
template <class Body>
void for_each_window(const PoolShape& s, Body body) {
  parallel_for(s.planes, planes_per_range(volume(s.input)),
               [&](std::int64_t plane_begin, std::int64_t plane_end) {
                 std::int64_t out = plane_begin * volume(s.output);
                 std::int64_t at[3];
                 for (std::int64_t plane = plane_begin; plane < plane_end; ++plane) {
                   for (at[0] = 0; at[0] < s.output[0]; ++at[0]) {
                     for (at[1] = 0; at[1] < s.output[1]; ++at[1]) {
                       for (at[2] = 0; at[2] < s.output[2]; ++at[2]) {
                         body(plane, out++, window_at(s, at));
                       }
                     }
                   }
                 }
               });
}

// Calls body(offset in the plane) for the elements of a window in scan order.
template <class Body>
void for_each_element(const PoolShape& s, const Window& window, Body body) {
  for (std::int64_t d = window.begin[0]; d < window.end[0]; ++d) {
    for (std::int64_t h = window.begin[1]; h < window.end[1]; ++h) {
      const std::int64_t row = (d * s.input[1] + h) * s.input[2];
      for (std::int64_t w = window.begin[2]; w < window.end[2]; ++w) body(row + w);
    }
  }
}

// Whether the windows are the 2×2 blocks of each image slice.
bool in_blocks(const PoolShape& s) {
  return s.output[0] == s.input[0] && s.kernel[0] == 1 && s.kernel[1] == 2 && s.kernel[2] == 2 &&
         s.stride[1] == 2 && s.stride[2] == 2 && s.padding[0] == 0 && s.padding[1] == 0 &&
         s.padding[2] == 0;
}

// The elements of kLanes neighbouring 2×2 blocks.
struct Blocks {
  Vec top_left;
  Vec top_right;
  Vec bottom_left;
  Vec bottom_right;
};

// A vector of x [numel], zero past the end.
Vec load_within(const float* x, std::int64_t offset, std::int64_t numel) {
  if (offset + kLanes <= numel) return load(x + offset);
  return offset < numel ? load_partial(x + offset, numel - offset) : Vec(0);
}

void store_within(float* y, Vec value, std::int64_t room) {
  if (room >= kLanes) {
    store(y, value);
  } else {
    store_partial(y, value, room);
  }
}

void split_columns(Vec first, Vec second, Vec& left, Vec& right) {
  const NativeInt even = lane_numbers() * 2;
  left = __builtin_shuffle(first.value, second.value, even);
  right = __builtin_shuffle(first.value, second.value, even + 1);
}

Blocks load_blocks(const float* x, std::int64_t offset, std::int64_t width, std::int64_t numel) {
  Blocks blocks;
  split_columns(load_within(x, offset, numel), load_within(x, offset + kLanes, numel),
                blocks.top_left, blocks.top_right);
  split_columns(load_within(x, offset + width, numel),
                load_within(x, offset + width + kLanes, numel), blocks.bottom_left,
                blocks.bottom_right);
  return blocks;
}

// Calls body(blocks, offset of the first element in its plane, output element, room) for runs of
// kLanes blocks. `room` is how many outputs may be written from the output element on: a run
// overhangs its row, and the next row's runs, which come later, overwrite what it wrote there.
template <class Body>
void for_each_blocks(const PoolShape& s, const float* x, Body body) {
  const std::int64_t width = s.input[2];
  const std::int64_t slice_numel = s.input[1] * width;
  const std::int64_t out_numel = s.output[1] * s.output[2];
  const std::int64_t slices = s.planes * s.input[0];
  parallel_for(slices, planes_per_range(slice_numel), [&](std::int64_t begin, std::int64_t end) {
    for (std::int64_t slice = begin; slice < end; ++slice) {
      const std::int64_t depth = slice % s.input[0];
      for (std::int64_t row = 0; row < s.output[1]; ++row) {
        for (std::int64_t column = 0; column < s.output[2]; column += kLanes) {
          const std::int64_t offset = 2 * (row * width + column);
          const std::int64_t out = slice * out_numel + row * s.output[2] + column;
          body(load_blocks(x, slice * slice_numel + offset, width, slices * slice_numel),
               depth * slice_numel + offset, out, end * out_numel - out);
        }
      }
    }
  });
}

// One step of the scan for the largest element; a NaN wins, and the last of several stays.
struct Largest {
  NativeFloat value;
  NativeInt index;

  void offer(Vec x, NativeInt x_index) {
    const NativeInt wins = (x.value > value) | (x.value != x.value);
    value = wins ? x.value : value;
    index = wins ? x_index : index;
  }
};

void max_pool_blocks(const PoolShape& s, const float* x, float* y, std::int32_t* index) {
  const auto width = static_cast<std::int32_t>(s.input[2]);
  for_each_blocks(
      s, x, [=](const Blocks& blocks, std::int64_t offset, std::int64_t out, std::int64_t room) {
        const NativeInt first = lane_numbers() * 2 + static_cast<std::int32_t>(offset);
        Largest largest{blocks.top_left.value, first};
        largest.offer(blocks.top_right, first + 1);
        largest.offer(blocks.bottom_left, first + width);
        largest.offer(blocks.bottom_right, first + (width + 1));
        store_within(y + out, largest.value, room);
        store_within(reinterpret_cast<float*>(index + out), from_bits(largest.index), room);
      });
}

template <class T>
void max_pool_forward(const PoolShape& s, const T* x, T* y, std::int32_t* index) {
  if constexpr (kWidth < T >> 1) {
    if (in_blocks(s)) {
      max_pool_blocks(s, x, y, index);
      return;
    }
  }
  for_each_window(s, [&](std::int64_t plane, std::int64_t out, const Window& window) {
    const T* image = x + plane * volume(s.input);
    T best = -static_cast<T>(__builtin_inf());
    std::int64_t best_offset =
        (window.begin[0] * s.input[1] + window.begin[1]) * s.input[2] + window.begin[2];
    for_each_element(s, window, [&](std::int64_t offset) {
      const T value = image[offset];
      const bool wins = (value > best) | (value != value);
      best = wins ? value : best;
      best_offset = wins ? offset : best_offset;
    });
    y[out] = best;
    index[out] = static_cast<std::int32_t>(best_offset);
  });
}

template <class T>
void clear(T* x, std::int64_t n) {
  std::memset(x, 0, static_cast<std::size_t>(n) * sizeof(T));
}

template <class T>
void max_pool_backward(const PoolShape& s, const T* grad_y, const std::int32_t* index, T* grad_x) {
  const std::int64_t in_numel = volume(s.input);
  const std::int64_t out_numel = volume(s.output);
  parallel_for(s.planes, planes_per_range(in_numel), [&](std::int64_t begin, std::int64_t end) {
    for (std::int64_t plane = begin; plane < end; ++plane) {
      T* image = grad_x + plane * in_numel;
      clear(image, in_numel);
      for (std::int64_t out = plane * out_numel; out < (plane + 1) * out_numel; ++out) {
        image[index[out]] += grad_y[out];
      }
    }
  });
}

template <class T>
void average_pool_forward(const PoolShape& s, const T* x, T* y) {
  const std::int64_t in_numel = volume(s.input);
  const auto count = static_cast<T>(volume(s.kernel));
  if constexpr (kWidth < T >> 1) {
    if (in_blocks(s)) {
      for_each_blocks(
          s, x, [=](const Blocks& blocks, std::int64_t, std::int64_t out, std::int64_t room) {
            const Vec sum =
                ((blocks.top_left + blocks.top_right) + blocks.bottom_left) + blocks.bottom_right;
            store_within(y + out, sum * Vec(0.25), room);
          });
      return;
    }
  }
  // One window that is the whole image.
  if (volume(s.output) == 1 && volume(s.kernel) == in_numel) {
    parallel_for(s.planes, planes_per_range(in_numel), [&](std::int64_t begin, std::int64_t end) {
      for (std::int64_t plane = begin; plane < end; ++plane) {
        y[plane] = sum_contiguous(x + plane * in_numel, in_numel) / count;
      }
    });
    return;
  }
  for_each_window(s, [&](std::int64_t plane, std::int64_t out, const Window& window) {
    const T* image = x + plane * in_numel;
    T sum = 0;
    for_each_element(s, window, [&](std::int64_t offset) { sum += image[offset]; });
    y[out] = sum / count;
  });
}

template <class T>
void average_pool_backward(const PoolShape& s, const T* grad_y, T* grad_x) {
  const std::int64_t in_numel = volume(s.input);
  const auto count = static_cast<T>(volume(s.kernel));
  parallel_for(s.planes, planes_per_range(in_numel), [&](std::int64_t begin, std::int64_t end) {
    clear(grad_x + begin * in_numel, (end - begin) * in_numel);
  });
  for_each_window(s, [&](std::int64_t plane, std::int64_t out, const Window& window) {
    T* image = grad_x + plane * in_numel;
    const T share = grad_y[out] / count;
    for_each_element(s, window, [&](std::int64_t offset) { image[offset] += share; });
  });
}

template <class T>
void list(Kernels<T>& table) {
  table.max_pool_forward = &max_pool_forward<T>;
  table.max_pool_backward = &max_pool_backward<T>;
  table.average_pool_forward = &average_pool_forward<T>;
  table.average_pool_backward = &average_pool_backward<T>;
}

}  // namespace

void list_pooling(Kernels<float>& table) { list(table); }
void list_pooling(Kernels<double>& table) { list(table); }

}  // namespace CREDENCE_ISA
}  // namespace credence::cpu
