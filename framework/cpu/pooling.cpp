#include "framework/cpu/families.hpp"
#include "framework/cpu/loops.hpp"
#include "framework/cpu/windows.hpp"

namespace credence::cpu {
namespace CREDENCE_ISA {
namespace {

void store_within(float* y, Vec value, std::int64_t room) {
  if (room >= kLanes) {
    store(y, value);
  } else {
    store_partial(y, value, room);
  }
}

// The windows' extent along the row.
struct RowShape {
  std::int64_t kernel;
  std::int64_t stride;
  std::int64_t padding;
};

// Up to kLanes neighbouring windows of a row over x [numel].
struct Run {
  const float* x;
  std::int64_t numel;
  std::int64_t count;
  bool whole_vectors;  // whether all vectors that the run loads lie inside x
};

// Every `stride`-th element from `offset` on, one for each window of the run; 0 outside of x.
[[gnu::noinline]] Vec gather(const Run& run, std::int64_t offset, std::int64_t stride) {
  float lanes[kLanes] = {};
  const std::int64_t count = run.count < kLanes ? run.count : kLanes;
  for (std::int64_t i = 0; i < count; ++i, offset += stride) {
    if (offset >= 0 && offset < run.numel) lanes[i] = run.x[offset];
  }
  return load(lanes);
}

// Calls body(elements, k) for the elements k of the windows in the image row in which the first
// window begins at `offset`.
template <class Body>
[[gnu::always_inline]] inline void for_each_column(const RowShape& row, const Run& run,
                                                   std::int64_t offset, Body body) {
  if (run.whole_vectors && row.stride == 2) {
    // Two neighbouring columns come from the same two vectors.
    const NativeInt even = lane_numbers() * 2;
    for (std::int32_t k = 0; k < row.kernel; k += 2) {
      const NativeFloat first = load(run.x + offset + k).value;
      const NativeFloat second = load(run.x + offset + k + kLanes).value;
      body(Vec(__builtin_shuffle(first, second, even)), k);
      if (k + 1 < row.kernel) body(Vec(__builtin_shuffle(first, second, even + 1)), k + 1);
    }
  } else if (run.whole_vectors && row.stride == 1) {
    for (std::int32_t k = 0; k < row.kernel; ++k) body(load(run.x + offset + k), k);
  } else {
    for (std::int32_t k = 0; k < row.kernel; ++k) body(gather(run, offset + k, row.stride), k);
  }
}

// kLanes neighbouring windows at a time. A Reducer is made of the offsets of the windows' first
// elements in the image and takes vectors of elements and their offsets in scan order;
// finish(reducer, output element, room) stores it. `room` is how many outputs may be written there:
// the last vector overhangs its row, and the next row, which comes later, overwrites what it wrote.
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
        const Run run{x, numel, s.output[2] - column,
                      image + top + left >= 0 && image + left + reach <= numel};
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

// Whether the windows are the 2×2 blocks of each slice in depth.
bool in_blocks(const PoolShape& s) {
  return s.kernel[0] == 1 && s.output[0] == s.input[0] && s.kernel[1] == 2 && s.kernel[2] == 2 &&
         s.stride[1] == 2 && s.stride[2] == 2 && s.padding[1] == 0 && s.padding[2] == 0;
}

// A vector of x [numel] from `offset` on; 0 past the end.
Vec load_within(const float* x, std::int64_t offset, std::int64_t numel) {
  if (offset + kLanes <= numel) return load(x + offset);
  return offset < numel ? load_partial(x + offset, numel - offset) : Vec(0);
}

// What reduce_rows does, for 2×2 blocks: the rows of most images are so short that finding out what
// a window covers would take longer than its four elements.
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
          NativeInt at = even + static_cast<std::int32_t>(in_plane + offset);
          Reducer reducer(at);
          for (std::int64_t i = slice * slice_numel + offset, last = i + width; i <= last;
               i += width, at += static_cast<std::int32_t>(width)) {
            const NativeFloat first = load_within(x, i, numel).value;
            const NativeFloat second = load_within(x, i + kLanes, numel).value;
            reducer.take(Vec(__builtin_shuffle(first, second, even)), at);
            reducer.take(Vec(__builtin_shuffle(first, second, even + 1)), at + 1);
          }
          finish(reducer, out + column, out_end - out - column);
        }
      }
    }
  });
}

template <class Reducer, class Finish>
void reduce_windows(const PoolShape& s, const float* x, Finish finish) {
  if (in_blocks(s)) {
    reduce_blocks<Reducer>(s, x, finish);
    return;
  }
  // A stride that is never taken may as well be the cheapest.
  const std::int64_t stride = s.output[2] == 1 ? 1 : s.stride[2];
  reduce_rows<Reducer>(s, {s.kernel[2], stride, s.padding[2]}, x, finish);
}

// A NaN is larger than any number, and the last of several stays.
struct Largest {
  static constexpr float kNeutral = -__builtin_inff();
  NativeFloat value = kNeutral - NativeFloat{};
  NativeInt index;

  explicit Largest(NativeInt first) : index(first) {}
  void take(Vec x, NativeInt offset) {
    const NativeInt wins = (x.value > value) | (x.value != x.value);
    value = wins ? x.value : value;
    index = wins ? offset : index;
  }
};

struct Sum {
  static constexpr float kNeutral = 0;
  Vec value{0};

  explicit Sum(NativeInt) {}
  void take(Vec x, NativeInt) { value += x; }
};

// The same, window by window, as the definition says: the reference. start(offset of the first
// element), take(value, offset) and finish(output element) for each window.
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

void max_pool_forward(const PoolShape& s, const float* x, float* y, std::int32_t* index) {
  reduce_windows<Largest>(s, x, [=](const Largest& largest, std::int64_t out, std::int64_t room) {
    store_within(y + out, largest.value, room);
    store_within(reinterpret_cast<float*>(index + out), from_bits(largest.index), room);
  });
}

void max_pool_reference(const PoolShape& s, const double* x, double* y, std::int32_t* index) {
  double largest = 0;
  std::int64_t offset_of_largest = 0;
  reduce_each(
      s, x,
      [&](std::int64_t first) {
        largest = -__builtin_inf();
        offset_of_largest = first;
      },
      [&](double value, std::int64_t offset) {
        if (!(value > largest) && value == value) return;
        largest = value;
        offset_of_largest = offset;
      },
      [&](std::int64_t out) {
        y[out] = largest;
        index[out] = static_cast<std::int32_t>(offset_of_largest);
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
  for_each_plane_range(s, [=](std::int64_t begin, std::int64_t end) {
    for (std::int64_t plane = begin; plane < end; ++plane) {
      T* image = grad_x + plane * in_numel;
      clear(image, in_numel);
      for (std::int64_t out = plane * out_numel; out < (plane + 1) * out_numel; ++out) {
        image[index[out]] += grad_y[out];
      }
    }
  });
}

// Whether there is one window, the whole image.
bool covers_image(const PoolShape& s) {
  return volume(s.output) == 1 && volume(s.kernel) == volume(s.input);
}

void average_pool_forward(const PoolShape& s, const float* x, float* y) {
  const std::int64_t in_numel = volume(s.input);
  const auto count = static_cast<float>(volume(s.kernel));
  if (covers_image(s)) {
    for_each_plane_range(s, [=](std::int64_t begin, std::int64_t end) {
      for (std::int64_t plane = begin; plane < end; ++plane) {
        y[plane] = sum_contiguous(x + plane * in_numel, in_numel) / count;
      }
    });
    return;
  }
  reduce_windows<Sum>(s, x, [=](const Sum& sum, std::int64_t out, std::int64_t room) {
    store_within(y + out, sum.value / Vec(count), room);
  });
}

void average_pool_reference(const PoolShape& s, const double* x, double* y) {
  double sum = 0;
  reduce_each(
      s, x, [&](std::int64_t) { sum = 0; }, [&](double value, std::int64_t) { sum += value; },
      [&](std::int64_t out) { y[out] = sum / static_cast<double>(volume(s.kernel)); });
}

template <class T>
void average_pool_backward(const PoolShape& s, const T* grad_y, T* grad_x) {
  const std::int64_t in_numel = volume(s.input);
  const T share = 1 / static_cast<T>(volume(s.kernel));
  if (covers_image(s)) {
    for_each_plane_range(s, [=](std::int64_t begin, std::int64_t end) {
      for (std::int64_t plane = begin; plane < end; ++plane) {
        const T value = grad_y[plane] * share;
        T* image = grad_x + plane * in_numel;
        for (std::int64_t i = 0; i < in_numel; ++i) image[i] = value;
      }
    });
    return;
  }
  for_each_plane_range(s, [&, share](std::int64_t begin, std::int64_t end) {
    clear(grad_x + begin * in_numel, (end - begin) * in_numel);
    const std::int64_t stride = s.stride[2];
    for_each_window_row(s, begin, end, [&](const WindowRow& row) {
      const T* grad = grad_y + row.out;
      row.for_each_image_row(s, [&](std::int64_t start) {
        T* image_row = grad_x + row.plane * in_numel + start;
        for (std::int64_t k = 0; k < s.kernel[2]; ++k) {
          // The windows whose element k lies inside the image.
          const std::int64_t shift = k - s.padding[2];
          const std::int64_t first = shift < 0 ? (-shift + stride - 1) / stride : 0;
          const std::int64_t fitting =
              shift < s.input[2] ? (s.input[2] - 1 - shift) / stride + 1 : 0;
          const std::int64_t last = fitting < s.output[2] ? fitting : s.output[2];
          for (std::int64_t i = first; i < last; ++i) {
            image_row[i * stride + shift] += grad[i] * share;
          }
        }
      });
    });
  });
}

template <class T>
void list_backward(Kernels<T>& table) {
  table.max_pool_backward = &max_pool_backward<T>;
  table.average_pool_backward = &average_pool_backward<T>;
}

}  // namespace

void list_pooling(Kernels<float>& table) {
  table.max_pool_forward = &max_pool_forward;
  table.average_pool_forward = &average_pool_forward;
  list_backward(table);
}

void list_pooling(Kernels<double>& table) {
  table.max_pool_forward = &max_pool_reference;
  table.average_pool_forward = &average_pool_reference;
  list_backward(table);
}

}  // namespace CREDENCE_ISA
}  // namespace credence::cpu
