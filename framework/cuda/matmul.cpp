// The matrix product of the kernel table, c = a b.
#include "framework/cuda/families.hpp"
#include "framework/cuda/products.hpp"
#include "framework/cuda/runtime/runtime.hpp"

namespace credence::cuda {
namespace {

template <class T>
void matmul(std::int64_t m, std::int64_t n, std::int64_t k, const T* a, std::int64_t a_row,
            std::int64_t a_column, const T* b, std::int64_t b_row, std::int64_t b_column, T* c) {
  if (m * n == 0) return;
  if (k == 0) {
    fill(dtype_of<T>, reinterpret_cast<std::byte*>(c), m * n, 0);
    return;
  }
  multiply<T>("matmul", m, n, k, MatrixFactor<T>{a, a_row, a_column},
              MatrixFactor<T>{b, b_row, b_column}, nullptr, false, c);
}

}  // namespace

void list_matmul(Kernels<float>& table) { table.matmul = &matmul<float>; }
void list_matmul(Kernels<double>& table) { table.matmul = &matmul<double>; }

}  // namespace credence::cuda
