// OpenBLAS as a rival: matrix products.
#include "benchmarks/kernels/rivals.hpp"

#include <cblas.h>

namespace credence::benchmarks::openblas {

std::string version() {
  const std::string config = openblas_get_config();  // "OpenBLAS 0.3.21 NO_LAPACKE …"
  const std::size_t begin = config.find(' ') + 1;
  return config.substr(begin, config.find(' ', begin) - begin) + " " + openblas_get_corename();
}

void set_threads(int threads) { openblas_set_num_threads(threads); }

void multiply(const ProductShape& s, const float* a, const float* b, float* c) {
  const auto m = static_cast<blasint>(s.m);
  const auto n = static_cast<blasint>(s.n);
  const auto k = static_cast<blasint>(s.k);
  cblas_sgemm(CblasRowMajor, s.transpose_a ? CblasTrans : CblasNoTrans,
              s.transpose_b ? CblasTrans : CblasNoTrans, m, n, k, 1, a, s.transpose_a ? m : k, b,
              s.transpose_b ? k : n, 0, c, n);
}

}  // namespace credence::benchmarks::openblas
