// A few rows of a matrix product C = A B at a time, over strips of columns as wide as the registers
// allow. The operands may lie unpacked in memory. The file also has the packing of operands, for
// strips and for dense.hpp.
#pragma once

#include "framework/cpu/products/gemm.hpp"
#include "framework/cpu/simd/loops.hpp"
#include "framework/cpu/simd/transpose.hpp"

namespace credence::cpu {
namespace CREDENCE_ISA {

/// Vectors of the widest strip, its columns, and the vectors of sums that the registers hold.
inline constexpr std::int64_t kStripVectors = 8;
inline constexpr std::int64_t kStripColumns = kStripVectors * kLanes;
inline constexpr std::int64_t kTileVectors = kTileNumel / kLanes;

/// Loads a square of kLanes columns from rows that lie from_row apart, and transposes it. Rows
/// beyond `rows` count as zeros.
inline void load_transposed(std::int64_t rows, const float* from, std::int64_t from_row,
                            Vec (&square)[kLanes]) {
#pragma GCC unroll 16
  for (int r = 0; r < kLanes; ++r) square[r] = r < rows ? load(from + r * from_row) : Vec(0);
  transpose_square(square);
}

/// to[p · to_row + r] = from[r · from_row + p] for p < depth and r < rows, with rows at most
/// kLanes. Each p writes a whole vector: zeros from r = rows on, where the next p may overwrite
/// them.
inline void transpose_rows(std::int64_t rows, std::int64_t depth, const float* from,
                           std::int64_t from_row, float* to, std::int64_t to_row) {
  std::int64_t p = 0;
  for (; p + kLanes <= depth; p += kLanes) {
    Vec square[kLanes];
    load_transposed(rows, from + p, from_row, square);
#pragma GCC unroll 16
    for (int c = 0; c < kLanes; ++c) store(to + (p + c) * to_row, square[c]);
  }
  for_each_column(rows, depth - p, from + p, from_row,
                  [=](std::int64_t c, Vec v) { store(to + (p + c) * to_row, v); });
}

/// Packs columns [j, j + count) of B [k, n] into a panel [k][width] with zeros beyond `count`.
/// width is a multiple of kLanes.
inline void pack_dense_columns(const StridedMatrix& b, std::int64_t k, std::int64_t j,
                               std::int64_t count, std::int64_t width, float* panel) {
  if (b.row == 1 && b.column != 1) {
    for (std::int64_t c = 0; c < width; c += kLanes) {
      const std::int64_t columns = smaller(kLanes, larger(0, count - c));
      transpose_rows(columns, k, b.at(0, j + c), b.column, panel + c, width);
    }
    return;
  }
  for (std::int64_t p = 0; p < k; ++p, panel += width) {
    const float* const from = b.at(p, j);
    std::int64_t c = 0;
    if (b.column == 1) {
      for (; c + kLanes <= count; c += kLanes) store(panel + c, load(from + c));
    }
    for (; c < count; ++c) panel[c] = from[c * b.column];
    for (; c < width; ++c) panel[c] = 0;
  }
}

/// Does what pack_rows does, and faster where rows or columns are contiguous. Writes up to kLanes
/// elements past the end.
inline void pack_dense_rows(const StridedMatrix& a, std::int64_t m, std::int64_t k, float* packed) {
  if (a.row != 1 && a.column != 1) {
    pack_rows(a, m, k, packed);
    return;
  }
  for (std::int64_t i = 0; i < m; i += kTileRows) {
    const std::int64_t rows = smaller(kTileRows, m - i);
    // Whole vectors are stored. The order is such that later ones overwrite what earlier ones write
    // past their end.
    for (std::int64_t r = (rows - 1) / kLanes * kLanes; r >= 0; r -= kLanes) {
      const std::int64_t lanes = smaller(kLanes, rows - r);
      float* const to = packed + i * k + r;
      if (a.row == 1) {
        for (std::int64_t p = 0; p < k; ++p) store(to + p * rows, load_some(a.at(i + r, p), lanes));
      } else {
        transpose_rows(lanes, k, a.at(i + r, 0), a.row, to, rows);
      }
    }
  }
}

/// tile [Rows][Vectors · kLanes] = A [Rows, k] B, where the rows of B are contiguous. Of the last
/// vector of columns only the first `last` are read.
template <int Rows, int Vectors>
void multiply_strip(std::int64_t k, const StridedMatrix a, const StridedMatrix b, std::int64_t last,
                    float* tile) {
  Vec sums[Rows][Vectors];
#pragma GCC unroll 12
  for (int r = 0; r < Rows; ++r) {
#pragma GCC unroll 8
    for (int v = 0; v < Vectors; ++v) sums[r][v] = Vec(0);
  }
  for (std::int64_t p = 0; p < k; ++p) {
    const float* const from = b.at(p, 0);
    const auto column = [&](int v) {
      return v + 1 < Vectors ? load(from + v * kLanes) : load_some(from + v * kLanes, last);
    };
    if constexpr (Vectors == 2) {
      // Row by row: with 16 registers there is room for all sums, both columns and one factor.
      const Vec left = column(0);
      const Vec right = column(1);
#pragma GCC unroll 12
      for (int r = 0; r < Rows; ++r) {
        const Vec factor(*a.at(r, p));
        sums[r][0] += factor * left;
        sums[r][1] += factor * right;
      }
    } else {
#pragma GCC unroll 8
      for (int v = 0; v < Vectors; ++v) {
        const Vec values = column(v);
#pragma GCC unroll 12
        for (int r = 0; r < Rows; ++r) sums[r][v] += Vec(*a.at(r, p)) * values;
      }
    }
  }
#pragma GCC unroll 12
  for (int r = 0; r < Rows; ++r) {
#pragma GCC unroll 8
    for (int v = 0; v < Vectors; ++v) store(tile + (r * Vectors + v) * kLanes, sums[r][v]);
  }
}

/// The same for up to kLanes columns of a B whose columns are contiguous. Squares of B are
/// transposed in registers.
template <int Rows>
void multiply_transposed_strip(std::int64_t k, const StridedMatrix a, const StridedMatrix b,
                               std::int64_t columns, float* tile) {
  Vec sums[Rows];
#pragma GCC unroll 12
  for (int r = 0; r < Rows; ++r) sums[r] = Vec(0);
  const auto add = [&](std::int64_t p, Vec column) {
#pragma GCC unroll 12
    for (int r = 0; r < Rows; ++r) sums[r] += Vec(*a.at(r, p)) * column;
  };
  std::int64_t p = 0;
  for (; p + kLanes <= k; p += kLanes) {
    Vec square[kLanes];
    load_transposed(columns, b.at(p, 0), b.column, square);
#pragma GCC unroll 16
    for (int c = 0; c < kLanes; ++c) add(p + c, square[c]);
  }
  for_each_column(columns, k - p, b.at(p, 0), b.column,
                  [&](std::int64_t c, Vec column) { add(p + c, column); });
#pragma GCC unroll 12
  for (int r = 0; r < Rows; ++r) store(tile + r * kLanes, sums[r]);
}

/// Calls one of the two for a block of k, with numbers that are known at run time.
[[gnu::noinline]] inline void multiply_strip_block(std::int64_t rows, std::int64_t vectors,
                                                   std::int64_t columns, std::int64_t k,
                                                   const StridedMatrix& a, const StridedMatrix& b,
                                                   float* tile) {
  const std::int64_t last = columns - (vectors - 1) * kLanes;
  with_rows(rows, [&]<int Rows>() {
    if (b.column != 1) {
      multiply_transposed_strip<Rows>(k, a, b, columns, tile);
    } else if (vectors == 1) {
      multiply_strip<Rows, 1>(k, a, b, last, tile);
    } else if (vectors == 2) {
      multiply_strip<Rows, 2>(k, a, b, last, tile);
    } else if constexpr (4 * Rows <= kTileVectors) {
      if (vectors == 4) multiply_strip<Rows, 4>(k, a, b, last, tile);
      if constexpr (8 * Rows <= kTileVectors) {
        if (vectors == 8) multiply_strip<Rows, 8>(k, a, b, last, tile);
      }
    }
  });
}

/// The same for all of k; `columns` begin at B's first, and rows · vectors is at most kTileVectors.
inline void multiply_strip(std::int64_t rows, std::int64_t vectors, std::int64_t columns,
                           std::int64_t k, const StridedMatrix& a, const StridedMatrix& b,
                           float* tile) {
  sum_in_blocks<kTileNumel>(
      k, rows * vectors * kLanes, tile, [&](std::int64_t begin, std::int64_t end, float* to) {
        multiply_strip_block(rows, vectors, columns, end - begin, {a.at(0, begin), a.row, a.column},
                             {b.at(begin, 0), b.row, b.column}, to);
      });
}

/// Gives the vectors of tiles [rows][width] to put (multiply_dense in dense.hpp says what that is).
/// `count` of the columns belong to the product.
template <int Products, class Put>
void put_tile(std::int64_t row, std::int64_t rows, std::int64_t column, std::int64_t count,
              std::int64_t width, const float (&tiles)[Products][kTileNumel], const Put& put) {
  for (std::int64_t r = 0; r < rows; ++r) {
    for (std::int64_t c = 0; c < count; c += kLanes) {
      Vec values[Products];
      for (int product = 0; product < Products; ++product) {
        values[product] = load(tiles[product] + r * width + c);
      }
      put(row + r, column + c, smaller(kLanes, count - c), values);
    }
  }
}

/// Computes rows [row, row + rows), at most kTileRows, and columns [begin, end) of the products
/// A [m, k] B [k, n]. The rows or the columns of B must be contiguous.
template <int Products, class Put>
void multiply_strips(std::int64_t row, std::int64_t rows, std::int64_t begin, std::int64_t end,
                     std::int64_t k, const StridedMatrix (&a)[Products],
                     const StridedMatrix (&b)[Products], const Put& put) {
  alignas(kVectorBytes) float tiles[Products][kTileNumel];
  std::int64_t width = 0;
  for (std::int64_t j = begin; j < end; j += width) {
    // As many vectors as the registers allow, so that long runs of B are read. Only a strip of one
    // vector may have fewer columns than lanes.
    std::int64_t vectors = b[0].column == 1 ? kStripVectors : 1;
    while (vectors > 1 && (rows * vectors > kTileVectors || j + vectors * kLanes > end)) {
      vectors /= 2;
    }
    width = vectors * kLanes;
    const std::int64_t count = smaller(width, end - j);
    for (int product = 0; product < Products; ++product) {
      const StridedMatrix& left = a[product];
      const StridedMatrix& right = b[product];
      multiply_strip(rows, vectors, count, k, {left.at(row, 0), left.row, left.column},
                     {right.at(0, j), right.row, right.column}, tiles[product]);
    }
    put_tile(row, rows, j, count, width, tiles, put);
  }
}

}  // namespace CREDENCE_ISA
}  // namespace credence::cpu
