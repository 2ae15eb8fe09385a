// The matrix product of the kernel table, c = a b.
#include "framework/cuda/families.hpp"
#include "framework/cuda/libraries/accounted.hpp"
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
  with_factor_type<T>([&]<class F>() {
    const Factors<F> left(m * k, a);
    const Factors<F> right(k * n, b);
    accounted::gemm("matmul", m, n, k, Matrix<F>{left.data(), a_row, a_column},
                    Matrix<F>{right.data(), b_row, b_column}, static_cast<const T*>(nullptr), false,
                    c);
  });
}

}  // namespace

void list_matmul(Kernels<float>& table) { table.matmul = &matmul<float>; }
void list_matmul(Kernels<double>& table) { table.matmul = &matmul<double>; }

}  // namespace credence::cuda
