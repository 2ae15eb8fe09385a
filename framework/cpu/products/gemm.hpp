// The matrix product C [m, n] = A [m, k] B [k, n] that linear layers and convolutions run on.
//
// A is packed into panels of kTileRows rows and B into panels of kTileColumns columns, so that the
// innermost loop reads both from consecutive addresses. A tile of C stays in registers while that
// loop runs over k. Each step loads two vectors of B and broadcasts one element of A for each row,
// which keeps both multiply-add units of a core busy (Goto and van de Geijn, Anatomy of
// high-performance matrix multiplication, 2008; Van Zee and van de Geijn, BLIS, 2015). Sums over a
// long k are made in a cascade (simd/cascade.hpp).
#pragma once

#include "framework/core/parallel.hpp"
#include "framework/core/scratch.hpp"
#include "framework/cpu/simd/cascade.hpp"
#include "framework/cpu/simd/simd.hpp"

namespace credence::cpu {
namespace CREDENCE_ISA {

// 12 of 16 registers (24 of 32 with AVX-512) accumulate.
#if defined(__AVX512F__)
inline constexpr std::int64_t kTileRows = 12;
#else
inline constexpr std::int64_t kTileRows = 6;
#endif
inline constexpr std::int64_t kTileColumns = 2 * kLanes;
inline constexpr std::int64_t kTileNumel = kTileRows * kTileColumns;
/// Elements of k per pass: a panel of B of this depth stays in the first-level cache.
inline constexpr std::int64_t kDepthBlock = kCascadeBlock;

constexpr std::int64_t smaller(std::int64_t a, std::int64_t b) { return a < b ? a : b; }
constexpr std::int64_t larger(std::int64_t a, std::int64_t b) { return a > b ? a : b; }
constexpr std::int64_t divide_up(std::int64_t n, std::int64_t step) {
  return (n + step - 1) / step;
}
constexpr std::int64_t round_up(std::int64_t n, std::int64_t step) {
  return divide_up(n, step) * step;
}

/// Rows of each panel where `rows` rows are packed in panels of about equal size, `most` at most.
constexpr std::int64_t even_panel_rows(std::int64_t rows, std::int64_t most = kTileRows) {
  return divide_up(rows, divide_up(rows, most));
}

/// A matrix given by the distances between neighbouring rows and neighbouring columns.
struct StridedMatrix {
  const float* data;
  std::int64_t row;
  std::int64_t column;

  const float* at(std::int64_t i, std::int64_t j) const { return data + i * row + j * column; }
};

/// Packs A [m, k] into panels of `panel_rows`: rows i0 … i0 + rows - 1 stand at packed + i0 · k as
/// [k][rows].
inline void pack_rows(const StridedMatrix& a, std::int64_t m, std::int64_t k, float* packed,
                      std::int64_t panel_rows = kTileRows) {
  for (std::int64_t i0 = 0; i0 < m; i0 += panel_rows) {
    const std::int64_t rows = smaller(panel_rows, m - i0);
    float* panel = packed + i0 * k;
    for (std::int64_t r = 0; r < rows; ++r) {
      for (std::int64_t p = 0; p < k; ++p) panel[p * rows + r] = *a.at(i0 + r, p);
    }
  }
}

/// Packs columns [j, j + count) of rows [k_begin, k_end) of B into a panel [k_end -
/// k_begin][kTileColumns], zeros beyond `count`.
inline void pack_columns(const StridedMatrix& b, std::int64_t k_begin, std::int64_t k_end,
                         std::int64_t j, std::int64_t count, float* panel) {
  for (std::int64_t p = k_begin; p < k_end; ++p, panel += kTileColumns) {
    const float* source = b.at(p, j);
    std::int64_t c = 0;
    for (; c < count; ++c) panel[c] = source[c * b.column];
    for (; c < kTileColumns; ++c) panel[c] = 0;
  }
}

/// A tile of a product while it is summed: Rows × kTileColumns numbers in registers, zero at first.
template <int Rows>
class TileSums {
 public:
  TileSums() {
#pragma GCC unroll 12
    // in_register hides the zeros from g++, which would otherwise hold one of the sums in memory.
    for (int r = 0; r < Rows; ++r) {
      sums_[r][0] = in_register(Vec(0));
      sums_[r][1] = in_register(Vec(0));
    }
  }

  /// Adds a[r · a_row] · b[c] to each element (r, c).
  void add(const float* a, std::int64_t a_row, const float* b) {
    add(a, a_row, load(b), load(b + kLanes));
  }
  /// The same for a row b of two vectors.
  void add(const float* a, std::int64_t a_row, Vec left, Vec right) {
#pragma GCC unroll 12
    for (int r = 0; r < Rows; ++r) {
      const Vec factor(a[r * a_row]);
      sums_[r][0] += factor * left;
      sums_[r][1] += factor * right;
    }
  }

  /// add(a + p · a_step, a_row, b + p · b_step) for p in [0, steps).
  void add_steps(std::int64_t steps, const float* a, std::int64_t a_step, std::int64_t a_row,
                 const float* b, std::int64_t b_step) {
    // Four steps in a row save the instructions that count, which matters where two threads share a
    // core. SSE multiplies and adds in two instructions, and four steps would spill registers.
    constexpr std::int64_t kTogether = kVectorBytes >= 32 ? 4 : 1;
    std::int64_t p = 0;
    for (; p + kTogether <= steps; p += kTogether) {
#pragma GCC unroll 4
      for (std::int64_t i = p; i < p + kTogether; ++i) add(a + i * a_step, a_row, b + i * b_step);
    }
    for (; p < steps; ++p) add(a + p * a_step, a_row, b + p * b_step);
  }
  /// Adds the product of a panel of A [depth][Rows] and one of B [depth][kTileColumns].
  void add_panels(std::int64_t depth, const float* a, const float* b) {
    add_steps(depth, a, Rows, 1, b, kTileColumns);
  }

  /// Stores row r at `first` + r · row_stride: both of its vectors with `both`, else the first one.
  void store_to(float* first, std::int64_t row_stride, bool both) const {
#pragma GCC unroll 12
    for (int r = 0; r < Rows; ++r) {
      store(first + r * row_stride, sums_[r][0]);
      if (both) store(first + r * row_stride + kLanes, sums_[r][1]);
    }
  }

  /// Columns [vector · kLanes, (vector + 1) · kLanes) of row r.
  Vec vector(int r, int vector) const { return sums_[r][vector]; }

  void store_to(float* tile) const {
#pragma GCC unroll 12
    for (int r = 0; r < Rows; ++r) {
      store(tile + r * kTileColumns, sums_[r][0]);
      store(tile + r * kTileColumns + kLanes, sums_[r][1]);
    }
  }
  /// Adds what store_to stored.
  void add_from(const float* tile) {
#pragma GCC unroll 12
    for (int r = 0; r < Rows; ++r) {
      sums_[r][0] += load(tile + r * kTileColumns);
      sums_[r][1] += load(tile + r * kTileColumns + kLanes);
    }
  }

  /// Does join_cascade to the sums of block `index`, with levels that are `stride` apart.
  void join(std::int64_t index, bool last, float* levels, std::int64_t stride = kTileNumel) {
    join_cascade(
        index, last, [&](int level) { add_from(levels + level * stride); },
        [&](int level) { store_to(levels + level * stride); });
  }

 private:
  Vec sums_[Rows][2];
};

/// Calls function.operator()<Rows>() for rows from 1 to kTileRows.
template <int Rows = kTileRows, class Function>
void with_rows(std::int64_t rows, Function function) {
  if constexpr (Rows > 0) {
    if (rows == Rows) {
      function.template operator()<Rows>();
    } else {
      with_rows<Rows - 1>(rows, function);
    }
  }
}

/// multiply_panels for a depth beyond one block of a cascade.
[[gnu::noinline]] inline void multiply_deep_panels(std::int64_t rows, std::int64_t depth,
                                                   const float* a, const float* b, float* tile) {
  alignas(kVectorBytes) float levels[kCascadeLevels * kTileNumel];
  with_rows(rows, [=, &levels]<int Rows>() {
    for (std::int64_t begin = 0; begin < depth; begin += kCascadeBlock) {
      const std::int64_t end = smaller(depth, begin + kCascadeBlock);
      TileSums<Rows> sums;
      sums.add_panels(end - begin, a + begin * Rows, b + begin * kTileColumns);
      sums.join(begin / kCascadeBlock, end == depth, levels);
      if (end == depth) sums.store_to(tile);
    }
  });
}

/// tile [rows][kTileColumns] = panel of A [depth][rows] times panel of B [depth][kTileColumns].
inline void multiply_panels(std::int64_t rows, std::int64_t depth, const float* a, const float* b,
                            float* tile) {
  if (depth > kCascadeBlock) {
    multiply_deep_panels(rows, depth, a, b, tile);
    return;
  }
  with_rows(rows, [=]<int Rows>() {
    TileSums<Rows> sums;
    sums.add_panels(depth, a, b);
    sums.store_to(tile);
  });
}

/// A tile of the result: rows [row, row + rows) and columns [column, column + columns). With
/// `accumulate` it is added to what earlier passes over k stored.
struct Tile {
  std::int64_t row;
  std::int64_t rows;
  std::int64_t column;
  std::int64_t columns;
  bool accumulate;
};

/// Elements of k that multiply_columns works on in one pass. There are kCascadeWidth passes at
/// most, because the sums of passes are added one after the other.
inline std::int64_t pass_depth(std::int64_t k) {
  const std::int64_t depth = divide_up(divide_up(k, kCascadeWidth), kDepthBlock) * kDepthBlock;
  return smaller(k, depth);
}

/// Columns that one call of multiply_columns should get, so that the packed panels of B stay in the
/// second-level cache.
inline std::int64_t columns_per_call(std::int64_t k) {
  constexpr std::int64_t kPackedFloats = 65536;
  return larger(1, kPackedFloats / pass_depth(k) / kTileColumns) * kTileColumns;
}

/// Multiplies packed rows of A [m, k] with `columns` columns of B on the calling thread.
/// `pack(k_begin, k_end, column, count, panel)` packs a panel of B and may write one vector past
/// its end; `put(tile, values)` stores a tile. With Products = 2 a second matrix A' is multiplied
/// with the squares of B's elements in the same pass, so that B is packed once for both: `values`
/// is then two tiles.
template <int Products, class Pack, class Put>
void multiply_columns(std::int64_t m, std::int64_t k, const float* const (&packed_a)[Products],
                      std::int64_t columns, Pack pack, Put put) {
  const std::int64_t depth_block = pass_depth(k);
  const std::int64_t tiles = divide_up(columns, kTileColumns);
  const std::int64_t packed_numel = tiles * depth_block * kTileColumns + kTileColumns;
  const Scratch scratch(Products * packed_numel);
  float* const packed_b = scratch.data();
  alignas(kVectorBytes) float values[Products][kTileNumel];
  for (std::int64_t k_begin = 0; k_begin < k; k_begin += depth_block) {
    const std::int64_t k_end = smaller(k, k_begin + depth_block);
    const std::int64_t depth = k_end - k_begin;
    const std::int64_t panel_numel = depth * kTileColumns;
    for (std::int64_t t = 0; t < tiles; ++t) {
      const std::int64_t column = t * kTileColumns;
      float* panel = packed_b + t * panel_numel;
      pack(k_begin, k_end, column, smaller(kTileColumns, columns - column), panel);
      if constexpr (Products == 2) {
        for (std::int64_t i = 0; i < panel_numel; i += kLanes) {
          const Vec x = load(panel + i);
          store(panel + packed_numel + i, x * x);
        }
      }
    }
    for (std::int64_t i = 0; i < m; i += kTileRows) {
      const std::int64_t rows = smaller(kTileRows, m - i);
      for (std::int64_t t = 0; t < tiles; ++t) {
        for (int product = 0; product < Products; ++product) {
          multiply_panels(rows, depth, packed_a[product] + i * k + k_begin * rows,
                          packed_b + product * packed_numel + t * panel_numel, values[product]);
        }
        const std::int64_t column = t * kTileColumns;
        put(Tile{i, rows, column, smaller(kTileColumns, columns - column), k_begin > 0}, values);
      }
    }
  }
}

}  // namespace CREDENCE_ISA
}  // namespace credence::cpu
