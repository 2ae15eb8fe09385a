#include "framework/cpu/families.hpp"
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
