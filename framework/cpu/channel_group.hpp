// Sums and maps over the channels of an array [batch, channels, volume], which the normalisations
// share.
#pragma once

#include "framework/cpu/simd/loops.hpp"
#include "framework/formulas/long_sum.hpp"
#include "framework/kernels/shapes.hpp"

#include <cmath>

namespace credence::cpu {
namespace CREDENCE_ISA {

/// x with zeros in the lanes from `count` on.
inline Vec first_lanes(Vec x, std::int64_t count) {
  return where(Mask{lane_numbers() < static_cast<std::int32_t>(count)}, x, Vec(0));
}
inline double first_lanes(double x, std::int64_t) { return x; }

/// Replaces each lane by the sum of its group of `count` neighbouring lanes. count is a power of
/// two.
inline Vec sum_neighbours(Vec x, std::int64_t count) {
  for (std::int32_t width = 1; width < count; width *= 2) {
    x = x + Vec(shuffle(x.value, lane_numbers() ^ width));
  }
  return x;
}
inline double sum_neighbours(double x, std::int64_t) { return x; }

/// Whether a vector covers several channels of one image, each with one lane or more.
template <class T>
bool across_channels(const NormalizationShape& shape) {
  const std::int64_t volume = shape.volume;
  return volume == 1 || (volume > 1 && volume < kWidth<T> && kWidth<T> % volume == 0);
}

/// The channels that one vector covers. Where a channel fills vectors it is a single one, and sums
/// over it end with the sum of the lanes. Where channels have 1, 2, 4, … elements in an image, and
/// fewer than a vector has lanes, neighbouring channels share a vector and each has its sums in its
/// lanes.
template <class T>
struct ChannelGroup {
  using V = Lanes<T>;

  NormalizationShape shape;
  std::int64_t first;
  std::int64_t count;  ///< channels

  bool across() const { return across_channels<T>(shape); }
  std::int64_t row(std::int64_t image) const {
    return (image * shape.channels + first) * shape.volume;
  }
  std::int64_t row_numel() const { return count * shape.volume; }

  V load_parameter(const T* parameter) const {
    if (!across()) return V(parameter[first]);
    if (shape.volume == 1) return load_partial(parameter + first, count);
    T lanes[kWidth<T>] = {};
    for (std::int64_t i = 0; i < row_numel(); ++i) lanes[i] = parameter[first + i / shape.volume];
    return load(lanes);
  }
  void store_parameter(T* parameter, V value) const {
    if (!across() || shape.volume == 1) {
      store_partial(parameter + first, value, count);
      return;
    }
    T lanes[kWidth<T>];
    store(lanes, value);
    for (std::int64_t c = 0; c < count; ++c) parameter[first + c] = lanes[c * shape.volume];
  }

  // Calls body(sums, values…) to add the terms of each vector to the sums. Returns the sums over
  // each channel in the form that load_parameter gives.
  template <int Sums, class Body, class... Inputs>
  void reduce(V (&totals)[Sums], Body body, const Inputs*... inputs) const {
    // Elements in a block: so few that its running sums lose no digits.
    constexpr std::int64_t kBlock = 2048;
    const std::int64_t numel = row_numel();
    const std::int64_t images = numel == 0 || numel > kBlock ? 1 : kBlock / numel;
    const std::int64_t part = numel < 2 * kBlock ? numel : kBlock;
    formulas::LongSum<V> sums[Sums];
    for (std::int64_t begin = 0; begin < shape.batch; begin += images) {
      const std::int64_t end = begin + images < shape.batch ? begin + images : shape.batch;
      for (std::int64_t i = 0; i < numel; i += part) {
        add_block(sums, begin, end, i, numel - i < part ? numel - i : part, body, inputs...);
      }
    }
    for (int j = 0; j < Sums; ++j) {
      totals[j] = sums[j].total();
      totals[j] = across() ? sum_neighbours(totals[j], shape.volume) : V(sum_lanes(totals[j]));
    }
  }

  // Adds elements [offset, offset + n) of the rows of images [begin, end).
  template <int Sums, class Body, class... Inputs>
  void add_block(formulas::LongSum<V> (&sums)[Sums], std::int64_t begin, std::int64_t end,
                 std::int64_t offset, std::int64_t n, Body body, const Inputs*... inputs) const {
    // Two running sums for each, so that one addition need not wait for the one before.
    V even[Sums];
    V odd[Sums];
    for (int j = 0; j < Sums; ++j) even[j] = odd[j] = V(0);
    for (std::int64_t image = begin; image < end; ++image) {
      const std::int64_t start = row(image) + offset;
      std::int64_t i = 0;
      for (; i + 2 * kWidth<T> <= n; i += 2 * kWidth<T>) {
        body(even, load(inputs + start + i)...);
        body(odd, load(inputs + start + i + kWidth<T>)...);
      }
      if (i + kWidth<T> <= n) {
        body(even, load(inputs + start + i)...);
        i += kWidth<T>;
      }
      if (i < n) {
        V tail[Sums];
        for (V& sum : tail) sum = V(0);
        body(tail, load_partial(inputs + start + i, n - i)...);
        for (int j = 0; j < Sums; ++j) odd[j] = odd[j] + first_lanes(tail[j], n - i);
      }
    }
    for (int j = 0; j < Sums; ++j) sums[j].add(even[j] + odd[j]);
  }

  // y = body(inputs…) for all elements of the channels.
  template <class Body, class... Inputs>
  void map_rows(T* y, Body body, const Inputs*... inputs) const {
    for (std::int64_t image = 0; image < shape.batch; ++image) {
      map_serial(row_numel(), y + row(image), body, (inputs + row(image))...);
    }
  }

  // y = (x - mean) · scale + shift
  void normalize(const T* x, V mean, V scale, V shift, T* y) const {
    map_rows(
        y, [=](V v) { return (v - mean) * scale + shift; }, x);
  }
};

template <class V>
V inverse_root(V variance, double epsilon) {
  using std::sqrt;
  return V(1) / sqrt(variance + V(epsilon));
}

inline bool all_finite(Vec x) {
  const NativeFloat zero = x.value - x.value;
  return !any(Mask{zero != zero});
}

}  // namespace CREDENCE_ISA
}  // namespace credence::cpu
