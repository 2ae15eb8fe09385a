// The pair of products of a Bayesian layer in three steps (local reparametrisation: Kingma,
// Salimans and Welling 2015, arXiv 1506.02557): mean and variance of a fully connected layer whose
// weights have mean μ and variance σ²,
//   mean [N, O] = x μᵀ, variance [N, O] = x² (σ²)ᵀ.
// The framework's own, framework/cpu/products/dense.hpp, packs x, and its threads share out tiles.
#include "benchmarks/kernels/families.hpp"

#include <vector>

namespace credence::benchmarks {
namespace CREDENCE_ISA {
namespace {

// Each sum waits for its last addition: the compiler may not reorder it.
void naive(std::int64_t rows, std::int64_t out, std::int64_t in, const float* x, const float* mu,
           const float* sigma2, float* mean, float* variance) {
  for (std::int64_t n = 0; n < rows; ++n) {
    for (std::int64_t o = 0; o < out; ++o) {
      float first = 0;
      float second = 0;
      for (std::int64_t c = 0; c < in; ++c) {
        const float value = x[n * in + c];
        first += value * mu[o * in + c];
        second += value * value * sigma2[o * in + c];
      }
      mean[n * out + o] = first;
      variance[n * out + o] = second;
    }
  }
}

// Both weights as [C, O], so that neighbouring outputs read neighbouring weights.
struct Transposed {
  std::vector<float> mu, sigma2;

  Transposed(std::int64_t out, std::int64_t in, const float* of_mu, const float* of_sigma2)
      : mu(static_cast<std::size_t>(out * in)), sigma2(mu.size()) {
    for (std::int64_t o = 0; o < out; ++o) {
      for (std::int64_t c = 0; c < in; ++c) {
        mu[static_cast<std::size_t>(c * out + o)] = of_mu[o * in + c];
        sigma2[static_cast<std::size_t>(c * out + o)] = of_sigma2[o * in + c];
      }
    }
  }
};

// With o innermost the compiler uses vectors. x is squared once for all outputs. Each multiply-add
// loads and stores a mean or a variance, and all weights pass through the core for every row.
void reordered(std::int64_t rows, std::int64_t out, std::int64_t in, const float* x,
               const float* mu, const float* sigma2, float* mean, float* variance) {
  const Transposed weights(out, in, mu, sigma2);
  clear(rows * out, mean);
  clear(rows * out, variance);
  for (std::int64_t n = 0; n < rows; ++n) {
    for (std::int64_t c = 0; c < in; ++c) {
      const float value = x[n * in + c];
      const float square = value * value;
      const float* const first = weights.mu.data() + c * out;
      const float* const second = weights.sigma2.data() + c * out;
      for (std::int64_t o = 0; o < out; ++o) mean[n * out + o] += value * first[o];
      for (std::int64_t o = 0; o < out; ++o) variance[n * out + o] += square * second[o];
    }
  }
}

constexpr std::int64_t kRows = 4;
constexpr std::int64_t kColumns = 32;

// A tile of both results in registers: an x is loaded once for both, and squared there.
void tile(std::int64_t out, std::int64_t in, const float* x, const float* mu, const float* sigma2,
          float* mean, float* variance) {
  float means[kRows][kColumns] = {};
  float variances[kRows][kColumns] = {};
  for (std::int64_t c = 0; c < in; ++c) {
#pragma GCC unroll 4
    for (std::int64_t r = 0; r < kRows; ++r) {
      const float value = x[r * in + c];
      const float square = value * value;
      for (std::int64_t j = 0; j < kColumns; ++j) means[r][j] += value * mu[c * out + j];
      for (std::int64_t j = 0; j < kColumns; ++j) variances[r][j] += square * sigma2[c * out + j];
    }
  }
  for (std::int64_t r = 0; r < kRows; ++r) {
    for (std::int64_t j = 0; j < kColumns; ++j) mean[r * out + j] = means[r][j];
    for (std::int64_t j = 0; j < kColumns; ++j) variance[r * out + j] = variances[r][j];
  }
}

// What is left at the edges, one element after the other.
void edge(std::int64_t rows, std::int64_t columns, std::int64_t out, std::int64_t in,
          const float* x, const float* mu, const float* sigma2, float* mean, float* variance) {
  for (std::int64_t r = 0; r < rows; ++r) {
    clear(columns, mean + r * out);
    clear(columns, variance + r * out);
    for (std::int64_t c = 0; c < in; ++c) {
      const float value = x[r * in + c];
      for (std::int64_t j = 0; j < columns; ++j) {
        mean[r * out + j] += value * mu[c * out + j];
        variance[r * out + j] += value * value * sigma2[c * out + j];
      }
    }
  }
}

void tiled(std::int64_t rows, std::int64_t out, std::int64_t in, const float* x, const float* mu,
           const float* sigma2, float* mean, float* variance) {
  const Transposed weights(out, in, mu, sigma2);
  for (std::int64_t o = 0; o < out; o += kColumns) {
    const float* const first = weights.mu.data() + o;
    const float* const second = weights.sigma2.data() + o;
    for (std::int64_t n = 0; n < rows; n += kRows) {
      const std::int64_t at = n * out + o;
      if (n + kRows <= rows && o + kColumns <= out) {
        tile(out, in, x + n * in, first, second, mean + at, variance + at);
      } else {
        edge(rows - n < kRows ? rows - n : kRows, out - o < kColumns ? out - o : kColumns, out, in,
             x + n * in, first, second, mean + at, variance + at);
      }
    }
  }
}

}  // namespace

void list_moments(Ladder& ladder) {
  ladder.moments_naive = &naive;
  ladder.moments_reordered = &reordered;
  ladder.moments_tiled = &tiled;
}

}  // namespace CREDENCE_ISA
}  // namespace credence::benchmarks
