// Exercise of page 1 of the kernels: a product of matrices whose innermost loop walks along rows.
// Fill the hole; `examples/guide/run k1 --exercise` builds this file and checks it.
#include <cstddef>
#include <vector>

// C [m, n] = A [m, k] B [k, n], all stored row by row, C of zeros at the start.
void multiply(std::size_t m, std::size_t n, std::size_t k,
              [[maybe_unused]] const std::vector<float>& a,
              [[maybe_unused]] const std::vector<float>& b, std::vector<float>& c) {
  for (std::size_t i = 0; i < m; ++i) {
    for (std::size_t p = 0; p < k; ++p) {
      for (std::size_t j = 0; j < n; ++j) {
        c[i * n + j] += 0;  // the hole: what does A_ip add to C_ij?
      }
    }
  }
}
