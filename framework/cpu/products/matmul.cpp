// The matrix product of the kernel table: c [m, n] = a [m, k] b [k, n], with operands of any
// strides, in float32 on dense.hpp.
#include "framework/cpu/families.hpp"
#include "framework/cpu/products/dense.hpp"

namespace credence::cpu {
namespace CREDENCE_ISA {
namespace {

void matmul(std::int64_t m, std::int64_t n, std::int64_t k, const float* a, std::int64_t a_row,
            std::int64_t a_column, const float* b, std::int64_t b_row, std::int64_t b_column,
            float* c) {
  multiply_dense<1>(
      m, n, k, {{a, a_row, a_column}}, {{b, b_row, b_column}},
      [&](std::int64_t row, std::int64_t column, std::int64_t count, const Vec(&values)[1]) {
        store_some(c + row * n + column, values[0], count);
      });
}

}  // namespace

void list_matmul(Kernels<float>& table) { table.matmul = &matmul; }

}  // namespace CREDENCE_ISA
}  // namespace credence::cpu
