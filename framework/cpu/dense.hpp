// Products of matrices that lie in memory, for fully connected layers and matmul. Both operands are
// packed, B once for all, A by the range of rows that works on it; the whole of k is summed in
// registers.
#pragma once

#include "framework/cpu/gemm.hpp"

namespace credence::cpu {
namespace CREDENCE_ISA {

/// One factor of a product, its elements squared first where that is asked for.
struct DenseOperand {
  StridedMatrix matrix;
  bool squared = false;
};

inline void square_all(std::int64_t n, float* x) {
  for (std::int64_t i = 0; i < n; i += kLanes) {
    const Vec v = load(x + i);
    store(x + i, v * v);
  }
}

/// Packs all of B [k, n] into panels [k][kTileColumns], zeros beyond n; the panel of column j
/// begins at packed + j · k.
inline void pack_all_columns(const DenseOperand& b, std::int64_t k, std::int64_t n, float* packed) {
  const std::int64_t panels = (n + kTileColumns - 1) / kTileColumns;
  constexpr std::int64_t kElementsPerRange = 16384;
  const std::int64_t grain = larger(1, kElementsPerRange / (larger(k, 1) * kTileColumns));
  parallel_for(panels, grain, [&](std::int64_t begin, std::int64_t end) {
    for (std::int64_t panel = begin; panel < end; ++panel) {
      const std::int64_t j = panel * kTileColumns;
      float* const to = packed + j * k;
      pack_columns(b.matrix, 0, k, j, smaller(kTileColumns, n - j), to);
      if (b.squared) square_all(k * kTileColumns, to);
    }
  });
}

/// C [m, n] = A [m, k] B [k, n] for each of Products pairs of operands of the same shapes.
/// put(row, column, count, values) gets `count` neighbouring elements of each product, at most
/// kTileColumns.
template <int Products, class Put>
void multiply_dense(std::int64_t m, std::int64_t n, std::int64_t k,
                    const DenseOperand (&a)[Products], const DenseOperand (&b)[Products], Put put) {
  const std::int64_t padded_columns = round_up(n, kTileColumns);
  const Scratch packed_b(Products * padded_columns * k);
  for (int product = 0; product < Products; ++product) {
    pack_all_columns(b[product], k, n, packed_b.data() + product * padded_columns * k);
  }
  constexpr std::int64_t kRowsPerRange = 4 * kTileRows;
  parallel_for(m, kRowsPerRange, [&](std::int64_t begin, std::int64_t end) {
    const std::int64_t rows = end - begin;
    const std::int64_t numel = round_up(rows * k, kLanes);
    const Scratch packed_a(Products * numel);
    for (int product = 0; product < Products; ++product) {
      const StridedMatrix& from = a[product].matrix;
      float* const to = packed_a.data() + product * numel;
      pack_rows({from.at(begin, 0), from.row, from.column}, rows, k, to);
      if (a[product].squared) square_all(numel, to);
    }
    alignas(kVectorBytes) float tiles[Products][kTileNumel];
    for (std::int64_t j = 0; j < n; j += kTileColumns) {
      for (std::int64_t i = 0; i < rows; i += kTileRows) {
        const std::int64_t count = smaller(kTileRows, rows - i);
        for (int product = 0; product < Products; ++product) {
          multiply_panels(count, k, packed_a.data() + product * numel + i * k,
                          packed_b.data() + product * padded_columns * k + j * k, tiles[product]);
        }
        for (std::int64_t r = 0; r < count; ++r) {
          const float* values[Products];
          for (int product = 0; product < Products; ++product) {
            values[product] = tiles[product] + r * kTileColumns;
          }
          put(begin + i + r, j, smaller(kTileColumns, n - j), values);
        }
      }
    }
  });
}

}  // namespace CREDENCE_ISA
}  // namespace credence::cpu
