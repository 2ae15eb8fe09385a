// Products of matrices that lie in memory, for fully connected layers and matmul: small ones, and
// those with an operand too small to pay for packing the other, run on strips (strips.hpp); for the
// others both operands are packed, B once for all, A by the range of rows that works on it. Either
// way each element of C is summed along the whole of k, one product after the other, so that its
// bits do not depend on the size of A and B.
#pragma once

#include "framework/cpu/strips.hpp"

namespace credence::cpu {
namespace CREDENCE_ISA {

/// Packs all of B [k, n] into panels [k][width], zeros beyond n; the panel of column j begins at
/// packed + j · k.
inline void pack_all_columns(const StridedMatrix& b, std::int64_t k, std::int64_t n,
                             std::int64_t width, float* packed) {
  const std::int64_t panels = (n + width - 1) / width;
  constexpr std::int64_t kElementsPerRange = 16384;
  const std::int64_t grain = larger(1, kElementsPerRange / (larger(k, 1) * width));
  parallel_for(panels, grain, [&](std::int64_t begin, std::int64_t end) {
    for (std::int64_t panel = begin; panel < end; ++panel) {
      const std::int64_t j = panel * width;
      pack_dense_columns(b, k, j, smaller(width, n - j), width, packed + j * k);
    }
  });
}

/// Up to kTileRows rows: each element of B serves only once, so B is read where it lies.
template <int Products, class Put>
void multiply_few_rows(std::int64_t m, std::int64_t n, std::int64_t k,
                       const StridedMatrix (&a)[Products], const StridedMatrix (&b)[Products],
                       const Put& put) {
  const std::int64_t numel = m * k + kLanes;
  const Scratch scratch(Products * numel);
  StridedMatrix packed_a[Products];
  for (int product = 0; product < Products; ++product) {
    float* const packed = scratch.data() + product * numel;
    pack_dense_rows(a[product], m, k, packed);
    packed_a[product] = {packed, 1, m};
  }
  const std::int64_t grain = round_up(kGrain / larger(k, 1) + 1, kStripColumns);
  parallel_for(n, grain, [&](std::int64_t begin, std::int64_t end) {
    multiply_strips(0, m, begin, end, k, packed_a, b, put);
  });
}

/// Computes `count` columns, at most Vectors · kLanes, of one row of the products.
template <int Vectors, int Products, class Put>
void multiply_row(std::int64_t i, std::int64_t j, std::int64_t count, std::int64_t k,
                  const StridedMatrix (&a)[Products], const StridedMatrix (&b)[Products],
                  const Put& put) {
  Vec sums[Vectors][Products];
  for (int v = 0; v < Vectors; ++v) {
    for (int product = 0; product < Products; ++product) sums[v][product] = Vec(0);
  }
  const std::int64_t last = count - (Vectors - 1) * kLanes;
  for (std::int64_t p = 0; p < k; ++p) {
    for (int product = 0; product < Products; ++product) {
      const Vec factor(*a[product].at(i, p));
      const float* const from = b[product].at(p, j);
      for (int v = 0; v < Vectors - 1; ++v) sums[v][product] += factor * load(from + v * kLanes);
      sums[Vectors - 1][product] += factor * load_some(from + (Vectors - 1) * kLanes, last);
    }
  }
  for (int v = 0; v < Vectors; ++v) {
    put(i, j + v * kLanes, v < Vectors - 1 ? kLanes : last, sums[v]);
  }
}

/// A short sum for each element: both operands are read where they lie, and nothing is stored but
/// the result. B's rows must be contiguous.
template <int Products, class Put>
void multiply_shallow(std::int64_t m, std::int64_t n, std::int64_t k,
                      const StridedMatrix (&a)[Products], const StridedMatrix (&b)[Products],
                      const Put& put) {
  constexpr int kVectors = 4;
  const std::int64_t grain = kGrain / (larger(k, 1) * larger(n, 1)) + 1;
  parallel_for(m, grain, [&](std::int64_t begin, std::int64_t end) {
    for (std::int64_t i = begin; i < end; ++i) {
      std::int64_t j = 0;
      for (; j + kVectors * kLanes <= n; j += kVectors * kLanes) {
        multiply_row<kVectors>(i, j, kVectors * kLanes, k, a, b, put);
      }
      for (; j < n; j += kLanes) multiply_row<1>(i, j, smaller(kLanes, n - j), k, a, b, put);
    }
  });
}

/// Up to kLanes columns: A serves only for them, and is read where it lies.
template <int Products, class Put>
void multiply_few_columns(std::int64_t m, std::int64_t n, std::int64_t k,
                          const StridedMatrix (&a)[Products], const StridedMatrix (&b)[Products],
                          const Put& put) {
  const Scratch scratch(Products * kLanes * k);
  StridedMatrix packed_b[Products];
  for (int product = 0; product < Products; ++product) {
    float* const packed = scratch.data() + product * kLanes * k;
    pack_all_columns(b[product], k, n, kLanes, packed);
    packed_b[product] = {packed, kLanes, 1};
  }
  const std::int64_t grain = round_up(kGrain / (larger(k, 1) * kLanes) + 1, kTileRows);
  parallel_for(m, grain, [&](std::int64_t begin, std::int64_t end) {
    for (std::int64_t i = begin; i < end; i += kTileRows) {
      multiply_strips(i, smaller(kTileRows, end - i), 0, n, k, a, packed_b, put);
    }
  });
}

/// kTileRows rows and kTileColumns columns of the products of packed panels. The last product goes
/// from the registers to put.
template <int Products, class Put>
void multiply_whole_tile(std::int64_t row, std::int64_t column, std::int64_t k,
                         const float* const (&a)[Products], const float* const (&b)[Products],
                         const Put& put) {
  constexpr int kLast = Products - 1;
  alignas(kVectorBytes) float tiles[Products][kTileNumel];
  for (int product = 0; product < kLast; ++product) {
    multiply_panels(kTileRows, k, a[product], b[product], tiles[product]);
  }
  Vec sums[kTileRows][2];
  sum_strip(k, {a[kLast], 1, kTileRows}, {b[kLast], kTileColumns, 1}, kLanes, sums);
#pragma GCC unroll 12
  for (int r = 0; r < kTileRows; ++r) {
#pragma GCC unroll 2
    for (int v = 0; v < 2; ++v) {
      Vec values[Products];
      for (int product = 0; product < kLast; ++product) {
        values[product] = load(tiles[product] + r * kTileColumns + v * kLanes);
      }
      values[kLast] = sums[r][v];
      put(row + r, column + v * kLanes, kLanes, values);
    }
  }
}

/// The same at the edges, of fewer rows and columns.
template <int Products, class Put>
void multiply_cut_tile(std::int64_t row, std::int64_t rows, std::int64_t column,
                       std::int64_t columns, std::int64_t k, const float* const (&a)[Products],
                       const float* const (&b)[Products], const Put& put) {
  alignas(kVectorBytes) float tiles[Products][kTileNumel];
  for (int product = 0; product < Products; ++product) {
    multiply_panels(rows, k, a[product], b[product], tiles[product]);
  }
  put_tile(row, rows, column, columns, kTileColumns, tiles, put);
}

template <int Products, class Put>
void multiply_packed(std::int64_t m, std::int64_t n, std::int64_t k,
                     const StridedMatrix (&a)[Products], const StridedMatrix (&b)[Products],
                     const Put& put) {
  const std::int64_t padded_columns = round_up(n, kTileColumns);
  const Scratch packed_b(Products * padded_columns * k);
  for (int product = 0; product < Products; ++product) {
    pack_all_columns(b[product], k, n, kTileColumns,
                     packed_b.data() + product * padded_columns * k);
  }
  constexpr std::int64_t kRowsPerRange = 4 * kTileRows;
  parallel_for(m, kRowsPerRange, [&](std::int64_t begin, std::int64_t end) {
    const std::int64_t rows = end - begin;
    const std::int64_t numel = rows * k + kLanes;
    const Scratch packed_a(Products * numel);
    for (int product = 0; product < Products; ++product) {
      const StridedMatrix& from = a[product];
      pack_dense_rows({from.at(begin, 0), from.row, from.column}, rows, k,
                      packed_a.data() + product * numel);
    }
    for (std::int64_t j = 0; j < n; j += kTileColumns) {
      for (std::int64_t i = 0; i < rows; i += kTileRows) {
        const std::int64_t count = smaller(kTileRows, rows - i);
        const float* left[Products];
        const float* right[Products];
        for (int product = 0; product < Products; ++product) {
          left[product] = packed_a.data() + product * numel + i * k;
          right[product] = packed_b.data() + product * padded_columns * k + j * k;
        }
        if (count == kTileRows && j + kTileColumns <= n) {
          multiply_whole_tile(begin + i, j, k, left, right, put);
        } else {
          multiply_cut_tile(begin + i, count, j, smaller(kTileColumns, n - j), k, left, right, put);
        }
      }
    }
  });
}

/// C [m, n] = A [m, k] B [k, n] for each of Products pairs of operands of the same shapes.
/// put(row, column, count, values) gets a vector of each product, of which the first `count`
/// elements belong to it.
template <int Products, class Put>
void multiply_dense(std::int64_t m, std::int64_t n, std::int64_t k,
                    const StridedMatrix (&a)[Products], const StridedMatrix (&b)[Products],
                    const Put& put) {
  constexpr std::int64_t kShallow = 2;
  if (k <= kShallow && b[0].column == 1) {
    multiply_shallow(m, n, k, a, b, put);
  } else if (m <= kTileRows && (b[0].column == 1 || b[0].row == 1)) {
    multiply_few_rows(m, n, k, a, b, put);
  } else if (n <= kLanes) {
    multiply_few_columns(m, n, k, a, b, put);
  } else {
    multiply_packed(m, n, k, a, b, put);
  }
}

}  // namespace CREDENCE_ISA
}  // namespace credence::cpu
