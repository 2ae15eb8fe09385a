// Direct convolution, where neighbouring outputs read neighbouring pixels:
//   y[o, p] = bias[o] + Σ_k w[o, k] · x[p + offset_k]
// with k over channels and kernel positions. The vectors of x are loaded straight from the image,
// without packing, at the places that a DirectLayout lists. The weights are packed in panels of
// rows, and a tile of rows and vectors is summed in registers as in products/gemm.hpp.
#pragma once

#include "framework/cpu/convolution/direct_layout.hpp"
#include "framework/cpu/epilogue.hpp"

namespace credence::cpu {
namespace CREDENCE_ISA {

/// Up to two vectors of an image, and where their products go: rows `stride` apart.
struct DirectVectors {
  const float* source[2];
  float* to[2];
  std::int64_t count[2];
  std::int64_t stride;
  const float* bias;  ///< of the rows, may be null
};

/// Packed rows of A [depth][Rows] times the image's vectors.
template <int Rows, int Vectors>
void direct_tile(std::int64_t depth, const float* a, const std::int64_t* offsets,
                 const DirectVectors& vectors) {
  Vec sums[Rows][Vectors];
#pragma GCC unroll 12
  for (int r = 0; r < Rows; ++r) {
#pragma GCC unroll 2
    for (int v = 0; v < Vectors; ++v) sums[r][v] = Vec(0);
  }
  const float* const left = vectors.source[0];
  const float* const right = vectors.source[1];
  for (std::int64_t k = 0; k < depth; ++k, a += Rows) {
    Vec x[2];
    x[0] = load(left + offsets[k]);
    if constexpr (Vectors == 2) x[1] = load(right + offsets[k]);
#pragma GCC unroll 12
    for (int r = 0; r < Rows; ++r) {
      const Vec factor(a[r]);
#pragma GCC unroll 2
      for (int v = 0; v < Vectors; ++v) sums[r][v] += factor * x[v];
    }
  }
#pragma GCC unroll 12
  for (int r = 0; r < Rows; ++r) {
    const Vec offset = bias_of(vectors.bias, r);
#pragma GCC unroll 2
    for (int v = 0; v < Vectors; ++v) {
      store_some(vectors.to[v] + r * vectors.stride, sums[r][v] + offset, vectors.count[v]);
    }
  }
}

/// The same for `count` vectors and for sums so long that they need a cascade (simd/cascade.hpp).
[[gnu::noinline]] inline void deep_direct_tile(std::int64_t rows, std::int64_t count,
                                               std::int64_t depth, const float* a,
                                               const std::int64_t* offsets,
                                               const DirectVectors& vectors) {
  alignas(kVectorBytes) float levels[kCascadeLevels * kTileNumel];
  const float* const left = vectors.source[0];
  const float* const right = vectors.source[count - 1];
  with_rows(rows, [&]<int Rows>() {
    for (std::int64_t begin = 0; begin < depth; begin += kCascadeBlock) {
      const std::int64_t end = smaller(depth, begin + kCascadeBlock);
      TileSums<Rows> sums;
      for (std::int64_t k = begin; k < end; ++k) {
        sums.add(a + k * Rows, 1, load(left + offsets[k]), load(right + offsets[k]));
      }
      sums.join(begin / kCascadeBlock, end == depth, levels);
      if (end < depth) continue;
      for (int r = 0; r < Rows; ++r) {
        const Vec offset = bias_of(vectors.bias, r);
        for (std::int64_t v = 0; v < count; ++v) {
          store_some(vectors.to[v] + r * vectors.stride,
                     sums.vector(r, static_cast<int>(v)) + offset, vectors.count[v]);
        }
      }
    }
  });
}

/// The same for a number of rows and vectors known at run time.
inline void direct_tile(std::int64_t rows, std::int64_t count, std::int64_t depth, const float* a,
                        const std::int64_t* offsets, const DirectVectors& vectors) {
  if (depth > kCascadeBlock) {
    deep_direct_tile(rows, count, depth, a, offsets, vectors);
    return;
  }
  with_rows(rows, [&]<int Rows>() {
    if (count == 2) {
      direct_tile<Rows, 2>(depth, a, offsets, vectors);
    } else {
      direct_tile<Rows, 1>(depth, a, offsets, vectors);
    }
  });
}

/// Where the product with one image goes. Row r begins at first + r · plane, and its columns are
/// the positions of the plane. The bias of the rows, which may be null, is added.
struct DirectResult {
  float* first;
  std::int64_t plane;
  const float* bias;

  const float* bias_from(std::int64_t row) const { return bias == nullptr ? nullptr : bias + row; }
};

/// Multiplies `count` packed rows from `row` on, in the layout by rows.
inline void multiply_row_vectors(const DirectLayout& layout, std::int64_t row, std::int64_t count,
                                 std::int64_t depth, const float* a, const float* image,
                                 const DirectResult& result) {
  float* const to = result.first + row * result.plane;
  const std::int64_t vectors = layout.vectors();
  for (std::int64_t i = 0; i < vectors; i += 2) {
    const std::int64_t last = smaller(i + 1, vectors - 1);
    const RowVector left = layout.vector(i);
    const RowVector right = layout.vector(last);
    direct_tile(count, last - i + 1, depth, a, layout.offsets(),
                {{image + left.source, image + right.source},
                 {to + left.position, to + right.position},
                 {left.count, right.count},
                 result.plane,
                 result.bias_from(row)});
  }
}

/// The same in the layout of one long row.
inline void multiply_long_row(const DirectLayout& layout, std::int64_t row, std::int64_t count,
                              std::int64_t depth, const float* a, const float* image,
                              const DirectResult& result) {
  alignas(kVectorBytes) float tile[kTileNumel];
  for (std::int64_t t = 0; t < layout.tiles(); ++t) {
    const float* const source = image + t * kTileColumns;
    const bool both = layout.span() - t * kTileColumns > kLanes;
    direct_tile(count, both ? 2 : 1, depth, a, layout.offsets(),
                {{source, source + kLanes},
                 {tile, tile + kLanes},
                 {kLanes, kLanes},
                 kTileColumns,
                 nullptr});
    for (std::int64_t i = layout.run_begin(t); i < layout.run_begin(t + 1); ++i) {
      const ColumnRun run = layout.run(i);
      for (std::int64_t r = 0; r < count; ++r) {
        const Vec offset = bias_of(result.bias, row + r);
        map_serial(
            run.count, result.first + (row + r) * result.plane + run.position,
            [&](Vec sums) { return sums + offset; },
            static_cast<const float*>(tile + r * kTileColumns + run.lane));
      }
    }
  }
}

/// Multiplies rows packed in panels of even_panel_rows with one image.
inline void multiply_direct(const DirectLayout& layout, std::int64_t rows, std::int64_t depth,
                            const float* packed, const float* image, const DirectResult& result) {
  const std::int64_t panel_rows = even_panel_rows(rows);
  for (std::int64_t row = 0; row < rows; row += panel_rows) {
    const std::int64_t count = smaller(panel_rows, rows - row);
    const float* const a = packed + row * depth;
    if (layout.by_rows()) {
      multiply_row_vectors(layout, row, count, depth, a, image, result);
    } else {
      multiply_long_row(layout, row, count, depth, a, image, result);
    }
  }
}

}  // namespace CREDENCE_ISA
}  // namespace credence::cpu
