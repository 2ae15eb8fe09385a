// The pooling kernels of the table, for one, two or three dimensions:
//   max pooling      y[o] = max over the window of x, and the offset of that element
//   average pooling  y[o] = (Σ over the window of x) / volume of the kernel, padding counted as 0
// and their gradients: that of max pooling goes to the element at the stored offset, and that of
// average pooling in equal shares to all elements of the window (Goodfellow, Bengio and Courville,
// Deep Learning, 2016, section 9.3). Windows that lie next to each other are reduced together in
// the lanes of vectors (windows.hpp). 2 × 2 blocks and planes of a few elements have faster loops
// of their own.
#include "framework/cpu/families.hpp"
#include "framework/cpu/pooling/small_planes.hpp"
#include "framework/cpu/pooling/windows.hpp"
#include "framework/cpu/products/gemm.hpp"
#include "framework/formulas/long_sum.hpp"

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

// The largest element and its offset. A NaN counts as larger than any number, and the last of
// several NaN wins.
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
  Vec total() const { return value; }
};

// The sum of windows with many elements.
struct LongSum {
  static constexpr float kNeutral = 0;
  formulas::LongSum<Vec> sum;

  explicit LongSum(NativeInt) {}
  void take(Vec x, NativeInt) { sum.add(x); }
  Vec total() const { return sum.total(); }
};

constexpr std::int64_t kManyElements = 256;

// Reduces all windows in float32. finish(reducer, output element, room) stores up to kLanes
// outputs.
template <class Reducer, class Finish>
void reduce_all(const PoolShape& s, const float* x, Finish finish) {
  if (!SmallPlanes::fit(s)) {
    reduce_windows<Reducer>(s, x, finish);
    return;
  }
  const SmallPlanes group(s);
  const std::int64_t groups = s.planes / group.planes();
  parallel_for(groups, kGrain / (4 * kLanes), [&](std::int64_t begin, std::int64_t end) {
    const SmallPlanes in_registers = group;
    for (std::int64_t i = begin; i < end; ++i) {
      finish(in_registers.template reduce<Reducer>(x + i * 4 * kLanes), i * kLanes, kLanes);
    }
  });
  PoolShape rest = s;
  rest.planes = s.planes % group.planes();
  const std::int64_t done = groups * kLanes;
  reduce_windows<Reducer>(rest, x + 4 * done,
                          [=](const Reducer& reducer, std::int64_t out, std::int64_t room) {
                            finish(reducer, done + out, room);
                          });
}

void max_pool_forward(const PoolShape& s, const float* x, float* y, std::int32_t* index) {
  reduce_all<Largest>(s, x, [=](const Largest& largest, std::int64_t out, std::int64_t room) {
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

template <class T, class Sum>
void add_at(std::int64_t n, const std::int32_t* index, const T* x, Sum* y) {
  for (std::int64_t i = 0; i < n; ++i) y[index[i]] += static_cast<Sum>(x[i]);
}

// Whether an element of the image may lie in more than kManyElements windows.
bool overlap(const PoolShape& s) {
  std::int64_t windows = 1;
  for (std::size_t i = 0; i < 3; ++i) {
    const std::int64_t along = (s.kernel[i] - 1) / s.stride[i] + 1;
    windows *= along < s.output[i] ? along : s.output[i];
  }
  return windows > kManyElements;
}

// Sets each plane of grad_x to the sums that add(plane, sums) adds to zeros. They are made in
// double where so many windows overlap (`many`) that a float would lose their last digits.
template <class T, class Add>
void sum_planes(std::int64_t numel, bool many, std::int64_t begin, std::int64_t end, T* grad_x,
                Add add) {
  if (std::is_same_v<T, double> || !many) {
    clear((end - begin) * numel, grad_x + begin * numel);
    for (std::int64_t plane = begin; plane < end; ++plane) add(plane, grad_x + plane * numel);
    return;
  }
  const Scratch scratch(2 * numel);
  double* const sums = reinterpret_cast<double*>(scratch.data());
  for (std::int64_t plane = begin; plane < end; ++plane) {
    clear(numel, sums);
    add(plane, sums);
    for (std::int64_t i = 0; i < numel; ++i) {
      grad_x[plane * numel + i] = static_cast<T>(sums[i]);
    }
  }
}

template <class T>
void max_pool_backward(const PoolShape& s, const T* grad_y, const std::int32_t* index, T* grad_x) {
  const std::int64_t in_numel = volume(s.input);
  const std::int64_t out_numel = volume(s.output);
  // Several small planes are cleared at a time, but only as many as are still in the first-level
  // cache when they are added to.
  const std::int64_t together = 1 + 256 / (in_numel + 1);
  const bool many = overlap(s);
  for_each_plane_range(s, [=](std::int64_t begin, std::int64_t end) {
    for (std::int64_t first = begin; first < end; first += together) {
      const std::int64_t last = first + together < end ? first + together : end;
      sum_planes(in_numel, many, first, last, grad_x, [=](std::int64_t plane, auto* sums) {
        const std::int64_t out = plane * out_numel;
        add_at(out_numel, index + out, grad_y + out, sums);
      });
    }
  });
}

// Whether one window covers the whole image and nothing else, and the image is not so small that
// several fill a vector.
bool covers_image(const PoolShape& s) {
  return volume(s.output) == 1 && s.kernel == s.input && s.padding == Extents3{0, 0, 0} &&
         !SmallPlanes::fit(s);
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
  const auto finish = [=](const auto& sum, std::int64_t out, std::int64_t room) {
    store_within(y + out, sum.total() / Vec(count), room);
  };
  if (volume(s.kernel) > kManyElements) {
    reduce_windows<LongSum>(s, x, finish);
  } else {
    reduce_all<Sum>(s, x, finish);
  }
}

void average_pool_reference(const PoolShape& s, const double* x, double* y) {
  double sum = 0;
  reduce_each(
      s, x, [&](std::int64_t) { sum = 0; }, [&](double value, std::int64_t) { sum += value; },
      [&](std::int64_t out) { y[out] = sum / static_cast<double>(volume(s.kernel)); });
}

// 2 × 2 blocks: the share of each output goes to the four elements of its block, which lie in no
// other block.
void spread_blocks(const PoolShape& shape, float share, const float* grad_y, float* grad_x) {
  for_each_plane_range(shape, [=](std::int64_t begin, std::int64_t end) {
    const PoolShape s = shape;
    const std::int64_t width = s.input[2];
    const NativeInt half = lane_numbers() / 2;
    if (width % 2 != 0 || s.input[1] % 2 != 0) {
      clear((end - begin) * volume(s.input), grad_x + begin * volume(s.input));
    }
    const float* grad = grad_y + begin * volume(s.output);
    for (std::int64_t slice = begin * s.input[0]; slice < end * s.input[0]; ++slice) {
      for (std::int64_t row = 0; row < s.output[1]; ++row, grad += s.output[2]) {
        float* const top = grad_x + (slice * s.input[1] + 2 * row) * width;
        for (std::int64_t column = 0; column < s.output[2]; column += kLanes) {
          const std::int64_t left = s.output[2] - column;
          const std::int64_t count = left < kLanes ? left : kLanes;
          const Vec value = load_some(grad + column, count) * Vec(share);
          const Vec first(shuffle(value.value, half));
          const Vec second(shuffle(value.value, half + kLanes / 2));
          for (float* line = top + 2 * column; line <= top + width + 2 * column; line += width) {
            store_within(line, first, 2 * count);
            if (2 * count > kLanes) store_within(line + kLanes, second, 2 * count - kLanes);
          }
        }
      }
    }
  });
}

// The same for planes so small that several fill a vector. Returns the number of planes done, which
// are those that come in whole groups.
std::int64_t spread_small_planes(const PoolShape& s, float share, const float* grad_y,
                                 float* grad_x) {
  if (!SmallPlanes::fit(s)) return 0;
  const SmallPlanes group(s);
  const std::int64_t groups = s.planes / group.planes();
  parallel_for(groups, kGrain / (4 * kLanes), [&](std::int64_t begin, std::int64_t end) {
    for (std::int64_t i = begin; i < end; ++i) {
      group.spread(load(grad_y + i * kLanes) * Vec(share), grad_x + i * 4 * kLanes);
    }
  });
  return groups * group.planes();
}

// Whether blocks were the way: the reference knows none.
template <class T>
bool average_pool_backward_blocks(const PoolShape& s, T share, const T* grad_y, T* grad_x) {
  if constexpr (std::is_same_v<T, float>) {
    if (!in_blocks(s)) return false;
    const std::int64_t done = spread_small_planes(s, share, grad_y, grad_x);
    PoolShape rest = s;
    rest.planes -= done;
    spread_blocks(rest, share, grad_y + done * volume(s.output), grad_x + done * volume(s.input));
    return true;
  } else {
    return false;
  }
}

// Adds the share of each output of a plane to all elements of its window.
template <class T, class Sum>
void spread_windows(const PoolShape& s, std::int64_t plane, T share, const T* grad_y, Sum* sums) {
  const std::int64_t stride = s.stride[2];
  for_each_window_row(s, plane, plane + 1, [&](const WindowRow& row) {
    const T* grad = grad_y + row.out;
    row.for_each_image_row(s, [&](std::int64_t start) {
      Sum* image_row = sums + start;
      // Elements of the windows that meet the row for some window.
      const std::int64_t k_begin = larger(0, s.padding[2] - (s.output[2] - 1) * stride);
      const std::int64_t k_end = smaller(s.kernel[2], s.input[2] + s.padding[2]);
      for (std::int64_t k = k_begin; k < k_end; ++k) {
        // The windows whose element k lies inside the image.
        const std::int64_t shift = k - s.padding[2];
        const std::int64_t first = shift < 0 ? (-shift + stride - 1) / stride : 0;
        const std::int64_t fitting = shift < s.input[2] ? (s.input[2] - 1 - shift) / stride + 1 : 0;
        const std::int64_t last = fitting < s.output[2] ? fitting : s.output[2];
        for (std::int64_t i = first; i < last; ++i) {
          image_row[i * stride + shift] += static_cast<Sum>(grad[i] * share);
        }
      }
    });
  });
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
  if (average_pool_backward_blocks(s, share, grad_y, grad_x)) return;
  const bool many = overlap(s);
  for_each_plane_range(s, [&, share](std::int64_t begin, std::int64_t end) {
    sum_planes(in_numel, many, begin, end, grad_x, [&, share](std::int64_t plane, auto* sums) {
      spread_windows(s, plane, share, grad_y, sums);
    });
  });
}

template <class T>
void list(Kernels<T>& table) {
  if constexpr (std::is_same_v<T, double>) {
    table.max_pool_forward = &max_pool_reference;
    table.average_pool_forward = &average_pool_reference;
  } else {
    table.max_pool_forward = &max_pool_forward;
    table.average_pool_forward = &average_pool_forward;
  }
  table.max_pool_backward = &max_pool_backward<T>;
  table.average_pool_backward = &average_pool_backward<T>;
}

}  // namespace

void list_pooling(Kernels<Element>& table) { list(table); }

}  // namespace CREDENCE_ISA
}  // namespace credence::cpu
