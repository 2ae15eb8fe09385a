// Transpositions of matrices in registers. In memory the positions of an image stand together and
// its channels apart. Code that runs its vectors over channels, or over images, needs
// [position][kLanes channels or images].
#pragma once

#include "framework/cpu/simd/simd.hpp"

namespace credence::cpu {
namespace CREDENCE_ISA {

/// Transposes a square of kLanes vectors in registers. In each stage blocks of half the size of
/// those before swap their places across the diagonal.
inline void transpose_square(Vec (&rows)[kLanes]) {
#pragma GCC unroll 4
  for (int half = kLanes / 2; half > 0; half /= 2) {
    const NativeInt lanes = lane_numbers();
    const NativeInt upper = (lanes & half) != 0;  // all bits set in the upper half of each block
    const NativeInt from_left = upper ? lanes - half + kLanes : lanes;
    const NativeInt from_right = upper ? lanes + kLanes : lanes + half;
#pragma GCC unroll 16
    for (int i = 0; i < kLanes; ++i) {
      if ((i & half) != 0) continue;
      const NativeFloat a = rows[i].value;
      const NativeFloat b = rows[i + half].value;
      rows[i] = shuffle(a, b, from_left);
      rows[i + half] = shuffle(a, b, from_right);
    }
  }
}

/// Walks through a plane of `width` columns, [row][column][kLanes], that is part of a wider one.
class PixelWalk {
 public:
  PixelWalk(float* first, std::int64_t width, std::int64_t row_stride)
      : at_(first), width_(width), to_next_row_(row_stride - width * kLanes), left_(width) {}

  /// The next pixel.
  float* next() {
    float* const pixel = at_;
    at_ += kLanes;
    if (--left_ == 0) {
      at_ += to_next_row_;
      left_ = width_;
    }
    return pixel;
  }

 private:
  float* at_;
  std::int64_t width_;
  std::int64_t to_next_row_;
  std::int64_t left_;
};

/// Calls put(column, vector) for every column of a matrix whose rows lie row_stride apart. Lane r
/// of the vector is the element of row r. There are kLanes rows at most, and lanes beyond them are
/// zero.
template <class Put>
void for_each_column(std::int64_t rows, std::int64_t columns, const float* from,
                     std::int64_t row_stride, Put put) {
  std::int64_t first = 0;
  // Whole squares have a loop of their own: with constant bounds they need not leave the registers.
  if (rows == kLanes) {
    for (; first + kLanes <= columns; first += kLanes) {
      Vec square[kLanes];
#pragma GCC unroll 16
      for (int r = 0; r < kLanes; ++r) square[r] = load(from + r * row_stride + first);
      transpose_square(square);
#pragma GCC unroll 16
      for (int c = 0; c < kLanes; ++c) put(first + c, square[c]);
    }
  }
  for (; first < columns; first += kLanes) {
    const std::int64_t left = columns - first;
    const std::int64_t count = left < kLanes ? left : kLanes;
    Vec square[kLanes];
#pragma GCC unroll 16
    for (int r = 0; r < kLanes; ++r) {
      square[r] = r >= rows ? Vec(0) : load_partial(from + r * row_stride + first, count);
    }
    transpose_square(square);
    for (std::int64_t c = 0; c < count; ++c) put(first + c, square[c]);
  }
}

/// The other direction: read(column) returns the vector of a column, and put(row, first column,
/// count, vector) gets up to kLanes neighbouring elements of a row. read is called for one column
/// after the other.
template <class Read, class Put>
void for_each_row_part(std::int64_t rows, std::int64_t columns, Read read, Put put) {
  std::int64_t first = 0;
  if (rows == kLanes) {
    for (; first + kLanes <= columns; first += kLanes) {
      Vec square[kLanes];
#pragma GCC unroll 16
      for (int c = 0; c < kLanes; ++c) square[c] = read(first + c);
      transpose_square(square);
#pragma GCC unroll 16
      for (int r = 0; r < kLanes; ++r) put(r, first, kLanes, square[r]);
    }
  }
  for (; first < columns; first += kLanes) {
    const std::int64_t left = columns - first;
    const std::int64_t count = left < kLanes ? left : kLanes;
    Vec square[kLanes];
    for (std::int64_t c = 0; c < kLanes; ++c) square[c] = c < count ? read(first + c) : Vec(0);
    transpose_square(square);
    for (std::int64_t r = 0; r < rows; ++r) put(r, first, count, square[r]);
  }
}

/// Copies every second of n numbers, from the first one on, to `even`, and the others to `odd`.
/// Either may be null.
inline void copy_alternate(std::int64_t n, const float* from, float* even, float* odd) {
  const NativeInt places = lane_numbers() * 2;
  std::int64_t i = 0;
  for (; i + 2 * kLanes <= n; i += 2 * kLanes) {
    const NativeFloat left = load(from + i).value;
    const NativeFloat right = load(from + i + kLanes).value;
    if (even != nullptr) store(even + i / 2, Vec(shuffle(left, right, places)));
    if (odd != nullptr) store(odd + i / 2, Vec(shuffle(left, right, places + 1)));
  }
  if (i == n) return;
  const std::int64_t rest = n - i;
  const bool more = rest > kLanes;
  const NativeFloat left = load_partial(from + i, more ? kLanes : rest).value;
  const NativeFloat right = more ? load_partial(from + i + kLanes, rest - kLanes).value : left;
  if (even != nullptr) {
    store_partial(even + i / 2, Vec(shuffle(left, right, places)), (rest + 1) / 2);
  }
  if (odd != nullptr) store_partial(odd + i / 2, Vec(shuffle(left, right, places + 1)), rest / 2);
}

/// The other direction: to[2 i] = even[i] and to[2 i + 1] = odd[i], n numbers in all.
inline void join_alternate(std::int64_t n, const float* even, const float* odd, float* to) {
  const NativeInt lanes = lane_numbers();
  const NativeInt from = (lanes & 1) != 0 ? lanes / 2 + kLanes : lanes / 2;
  std::int64_t i = 0;
  for (; i + 2 * kLanes <= n; i += 2 * kLanes) {
    const NativeFloat left = load(even + i / 2).value;
    const NativeFloat right = load(odd + i / 2).value;
    store(to + i, Vec(shuffle(left, right, from)));
    store(to + i + kLanes, Vec(shuffle(left, right, from + kLanes / 2)));
  }
  if (i == n) return;
  const std::int64_t rest = n - i;
  const NativeFloat left = load_partial(even + i / 2, (rest + 1) / 2).value;
  const NativeFloat right = load_partial(odd + i / 2, rest / 2).value;
  const Vec first(shuffle(left, right, from));
  if (rest > kLanes) {
    store(to + i, first);
    store_partial(to + i + kLanes, Vec(shuffle(left, right, from + kLanes / 2)), rest - kLanes);
  } else {
    store_partial(to + i, first, rest);
  }
}

}  // namespace CREDENCE_ISA
}  // namespace credence::cpu
