// The definition of the matrix product in float64: c [m, n] = a [m, k] b [k, n], with operands of
// any strides.
#include "framework/cpu/families.hpp"

namespace credence::cpu {
namespace CREDENCE_ISA {
namespace {

void matmul(std::int64_t m, std::int64_t n, std::int64_t k, const double* a, std::int64_t a_row,
            std::int64_t a_column, const double* b, std::int64_t b_row, std::int64_t b_column,
            double* c) {
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

void list_matmul(Kernels<double>& table) { table.matmul = &matmul; }

}  // namespace CREDENCE_ISA
}  // namespace credence::cpu
