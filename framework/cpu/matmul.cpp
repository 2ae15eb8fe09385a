#include "framework/cpu/families.hpp"
#include "framework/cpu/gemm.hpp"

namespace credence::cpu {
namespace CREDENCE_ISA {
namespace {

void matmul(std::int64_t m, std::int64_t n, std::int64_t k, const float* a, std::int64_t a_row,
            std::int64_t a_column, const float* b, std::int64_t b_row, std::int64_t b_column,
            float* c) {
  if (k == 0) {
    std::memset(c, 0, static_cast<std::size_t>(m * n) * sizeof(float));
    return;
  }
  const Scratch packed(m * k);
  pack_rows({a, a_row, a_column}, m, k, packed.data());
  const StridedMatrix right{b, b_row, b_column};
  parallel_for(n, columns_per_call(k), [&](std::int64_t begin, std::int64_t end) {
    multiply_columns<1>(
        m, k, {packed.data()}, end - begin,
        [&](std::int64_t k_begin, std::int64_t k_end, std::int64_t column, std::int64_t count,
            float* panel) { pack_columns(right, k_begin, k_end, begin + column, count, panel); },
        [&](const Tile& tile, const float(&values)[1][kTileNumel]) {
          for (std::int64_t r = 0; r < tile.rows; ++r) {
            float* row = c + (tile.row + r) * n + begin + tile.column;
            const float* sums = values[0] + r * kTileColumns;
            for (std::int64_t j = 0; j < tile.columns; ++j) {
              row[j] = tile.accumulate ? row[j] + sums[j] : sums[j];
            }
          }
        });
  });
}

void matmul_reference(std::int64_t m, std::int64_t n, std::int64_t k, const double* a,
                      std::int64_t a_row, std::int64_t a_column, const double* b,
                      std::int64_t b_row, std::int64_t b_column, double* c) {
  for (std::int64_t i = 0; i < m; ++i) {
    for (std::int64_t j = 0; j < n; ++j) {
      double sum = 0;
      for (std::int64_t p = 0; p < k; ++p) {
        sum += a[i * a_row + p * a_column] * b[p * b_row + j * b_column];
      }
      c[i * n + j] = sum;
    }
  }
}

}  // namespace

void list_matmul(Kernels<float>& table) { table.matmul = &matmul; }
void list_matmul(Kernels<double>& table) { table.matmul = &matmul_reference; }

}  // namespace CREDENCE_ISA
}  // namespace credence::cpu
