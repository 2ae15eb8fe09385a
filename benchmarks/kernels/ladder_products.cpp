// A matrix product in four steps. The fifth is framework/cpu/products/gemm.hpp: both factors are
// packed, so that the innermost loop reads neighbouring addresses only, registers are named
// explicitly, and threads share out the tiles.
#include "benchmarks/kernels/families.hpp"

namespace credence::benchmarks {
namespace CREDENCE_ISA {
namespace {

constexpr std::int64_t smaller(std::int64_t a, std::int64_t b) { return a < b ? a : b; }

// Two things make this slow. B is read down its columns, a new cache line for every element. And
// each addition waits for the one before it: the compiler may not reorder a sum.
void naive(std::int64_t m, std::int64_t n, std::int64_t k, const float* a, const float* b,
           float* c) {
  for (std::int64_t i = 0; i < m; ++i) {
    for (std::int64_t j = 0; j < n; ++j) {
      float sum = 0;
      for (std::int64_t p = 0; p < k; ++p) sum += a[i * k + p] * b[p * n + j];
      c[i * n + j] = sum;
    }
  }
}

// With j innermost, B and C are read along their rows and the additions are independent of each
// other: the compiler uses vectors. But all of B passes through the core for every row of A.
void reordered(std::int64_t m, std::int64_t n, std::int64_t k, const float* a, const float* b,
               float* c) {
  clear(m * n, c);
  for (std::int64_t i = 0; i < m; ++i) {
    for (std::int64_t p = 0; p < k; ++p) {
      const float factor = a[i * k + p];
      for (std::int64_t j = 0; j < n; ++j) c[i * n + j] += factor * b[p * n + j];
    }
  }
}

// A block of B of 128 KiB is used for all rows of A before the next one is fetched: it is read from
// the second-level cache, and B from memory once. Still, every multiply-add loads and stores an
// element of C.
void blocked(std::int64_t m, std::int64_t n, std::int64_t k, const float* a, const float* b,
             float* c) {
  constexpr std::int64_t kDepth = 64;
  constexpr std::int64_t kColumns = 512;
  clear(m * n, c);
  for (std::int64_t p0 = 0; p0 < k; p0 += kDepth) {
    for (std::int64_t j0 = 0; j0 < n; j0 += kColumns) {
      const std::int64_t columns = smaller(kColumns, n - j0);
      for (std::int64_t i = 0; i < m; ++i) {
        for (std::int64_t p = p0; p < smaller(k, p0 + kDepth); ++p) {
          const float factor = a[i * k + p];
          float* const to = c + i * n + j0;
          const float* const from = b + p * n + j0;
          for (std::int64_t j = 0; j < columns; ++j) to[j] += factor * from[j];
        }
      }
    }
  }
}

constexpr std::int64_t kTileRows = 4;
constexpr std::int64_t kTileColumns = 32;

// The sums of a whole tile are small enough for registers: C is written once, and each element of
// A and B that is loaded serves 32 or 4 multiply-adds. What is left to do is packing: neighbouring
// rows of B lie n elements apart, and caches dislike a large power of two.
void multiply_tile(std::int64_t n, std::int64_t k, const float* a, const float* b, float* c) {
  float sums[kTileRows][kTileColumns] = {};
  for (std::int64_t p = 0; p < k; ++p) {
#pragma GCC unroll 4
    for (std::int64_t r = 0; r < kTileRows; ++r) {
      for (std::int64_t j = 0; j < kTileColumns; ++j) sums[r][j] += a[r * k + p] * b[p * n + j];
    }
  }
  for (std::int64_t r = 0; r < kTileRows; ++r) {
    for (std::int64_t j = 0; j < kTileColumns; ++j) c[r * n + j] = sums[r][j];
  }
}

void multiply_edge(std::int64_t rows, std::int64_t columns, std::int64_t n, std::int64_t k,
                   const float* a, const float* b, float* c) {
  for (std::int64_t r = 0; r < rows; ++r) {
    clear(columns, c + r * n);
    for (std::int64_t p = 0; p < k; ++p) {
      for (std::int64_t j = 0; j < columns; ++j) c[r * n + j] += a[r * k + p] * b[p * n + j];
    }
  }
}

void tiled(std::int64_t m, std::int64_t n, std::int64_t k, const float* a, const float* b,
           float* c) {
  // Columns outside: the 32 columns of B are fetched once and serve all rows of A.
  for (std::int64_t j = 0; j < n; j += kTileColumns) {
    for (std::int64_t i = 0; i < m; i += kTileRows) {
      if (i + kTileRows <= m && j + kTileColumns <= n) {
        multiply_tile(n, k, a + i * k, b + j, c + i * n + j);
      } else {
        multiply_edge(smaller(kTileRows, m - i), smaller(kTileColumns, n - j), n, k, a + i * k,
                      b + j, c + i * n + j);
      }
    }
  }
}

}  // namespace

void list_products(Ladder& ladder) {
  ladder.multiply_naive = &naive;
  ladder.multiply_reordered = &reordered;
  ladder.multiply_blocked = &blocked;
  ladder.multiply_tiled = &tiled;
}

}  // namespace CREDENCE_ISA
}  // namespace credence::benchmarks
