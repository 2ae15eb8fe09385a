// A solution of the exercise of page 1 of the kernels.
#include <cstddef>
#include <vector>

// C [m, n] = A [m, k] B [k, n], all stored row by row, C of zeros at the start.
void multiply(std::size_t m, std::size_t n, std::size_t k, const std::vector<float>& a,
              const std::vector<float>& b, std::vector<float>& c) {
  for (std::size_t i = 0; i < m; ++i) {
    for (std::size_t p = 0; p < k; ++p) {
      for (std::size_t j = 0; j < n; ++j) {
        c[i * n + j] += a[i * k + p] * b[p * n + j];
      }
    }
  }
}
