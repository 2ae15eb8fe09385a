// Dot products of the long rows of a matrix with rows that begin at many offsets of one array:
//   c[o][k] = Σ_i a[o][i] · b[offsets[k] + i]
// Each lane of a vector has a sum of its own; add_lanes (simd/lane_sums.hpp) joins them later. The
// gradient of a convolution's weights consists of such products.
#pragma once

#include "framework/cpu/products/gemm.hpp"
#include "framework/cpu/simd/loops.hpp"

namespace credence::cpu {
namespace CREDENCE_ISA {

/// Rows and offsets whose sums stay in registers together.
inline constexpr int kBlockOutputs = 6;
#if defined(__AVX512F__)
inline constexpr int kBlockRows = 4;
#else
inline constexpr int kBlockRows = 2;
#endif

/// A long row in `count` parts of `length` numbers: where the parts begin, on either side of a
/// product.
struct Parts {
  std::int64_t count;
  std::int64_t length;
  const std::int64_t* left;
  const std::int64_t* right;
};

/// Rows that lie row_stride apart.
struct Rows {
  const float* first;
  std::int64_t row_stride;
};

/// Adds the products of all parts n and elements i < length, a[o][left[n] + i] · b[offsets[k] +
/// right[n] + i], to the lanes of c[o][k]. The rows of c lie c_stride apart.
template <int Outputs, int Offsets>
void dot_block(const Parts& parts, const Rows& a, const float* b, const std::int64_t* offsets,
               float* c, std::int64_t c_stride) {
  Vec sums[Outputs][Offsets];
#pragma GCC unroll 6
  for (int o = 0; o < Outputs; ++o) {
#pragma GCC unroll 4
    for (int k = 0; k < Offsets; ++k) sums[o][k] = Vec(0);
  }
  const auto add = [&](const float* left, const float* const(&right)[Offsets], auto read) {
    Vec x[Offsets];
#pragma GCC unroll 4
    for (int k = 0; k < Offsets; ++k) x[k] = read(right[k]);
#pragma GCC unroll 6
    for (int o = 0; o < Outputs; ++o) {
      const Vec factor = in_register(read(left + o * a.row_stride));
#pragma GCC unroll 4
      for (int k = 0; k < Offsets; ++k) sums[o][k] += factor * x[k];
    }
  };
  for (std::int64_t n = 0; n < parts.count; ++n) {
    const float* left = a.first + parts.left[n];
    const float* right[Offsets];
#pragma GCC unroll 4
    for (int k = 0; k < Offsets; ++k) right[k] = b + parts.right[n] + offsets[k];
    std::int64_t i = 0;
    for (; i + kLanes <= parts.length; i += kLanes) {
      add(left, right, [](const float* p) { return load(p); });
      left += kLanes;
#pragma GCC unroll 4
      for (int k = 0; k < Offsets; ++k) right[k] += kLanes;
    }
    // What lies beyond the part may be NaN, so it is not read.
    if (i < parts.length) {
      add(left, right, [&](const float* p) { return load_partial(p, parts.length - i); });
    }
  }
#pragma GCC unroll 6
  for (int o = 0; o < Outputs; ++o) {
#pragma GCC unroll 4
    for (int k = 0; k < Offsets; ++k) {
      float* const lanes = c + o * c_stride + k * kLanes;
      store(lanes, load(lanes) + sums[o][k]);
    }
  }
}

/// The same for any number of outputs and offsets.
template <int Outputs = kBlockOutputs>
void dot_blocks(std::int64_t outputs, std::int64_t count, const Parts& parts, const Rows& a,
                const float* b, const std::int64_t* offsets, float* c, std::int64_t c_stride) {
  if constexpr (Outputs > 0) {
    if (outputs < Outputs) {
      dot_blocks<Outputs - 1>(outputs, count, parts, a, b, offsets, c, c_stride);
      return;
    }
    std::int64_t k = 0;
    for (; k + kBlockRows <= count; k += kBlockRows) {
      dot_block<Outputs, kBlockRows>(parts, a, b, offsets + k, c + k * kLanes, c_stride);
    }
    for (; k < count; ++k) {
      dot_block<Outputs, 1>(parts, a, b, offsets + k, c + k * kLanes, c_stride);
    }
    if (outputs > Outputs) {
      const Rows rest{a.first + Outputs * a.row_stride, a.row_stride};
      dot_blocks<kBlockOutputs>(outputs - Outputs, count, parts, rest, b, offsets,
                                c + Outputs * c_stride, c_stride);
    }
  }
}

/// The same for parts of any length. Of a long part each lane sums one block of the cascade at a
/// time.
inline void dot_rows(std::int64_t outputs, std::int64_t count, const Parts& parts, const Rows& a,
                     const float* b, const std::int64_t* offsets, float* c, std::int64_t c_stride) {
  constexpr std::int64_t kMostLength = kCascadeBlock * kLanes;
  for (std::int64_t i = 0; i < parts.length; i += kMostLength) {
    const std::int64_t length = smaller(kMostLength, parts.length - i);
    dot_blocks(outputs, count, {parts.count, length, parts.left, parts.right},
               {a.first + i, a.row_stride}, b + i, offsets, c, c_stride);
  }
}

}  // namespace CREDENCE_ISA
}  // namespace credence::cpu
