// Products C = A B of matrices that lie in memory, for fully connected layers and matmul.
// multiply_dense, at the end, chooses one of four ways by the shape. Where one operand is too small
// to repay packing the other, the product runs on strips (strips.hpp). Else both operands are
// packed as in gemm.hpp: B as a whole, A by each range of rows. Every way adds the products of an
// element of C in the same order, that of a cascade along k (simd/cascade.hpp), so that the bits of
// a row of C do not depend on the number of rows and columns.
#pragma once

#include "framework/cpu/products/strips.hpp"

namespace credence::cpu {
namespace CREDENCE_ISA {

/// Panels of B that are packed together where its rows are contiguous. One panel alone would take a
/// line of the cache from each row, and rows may lie pages apart.
inline constexpr std::int64_t kPanelsTogether = 8;

/// Packs kPanelsTogether panels, row by row of B; the first column of each row is at `b`, the first
/// panel at `packed`.
inline void pack_panels_together(const float* b, std::int64_t row, std::int64_t k,
                                 std::int64_t width, float* packed) {
  for (std::int64_t p = 0; p < k; ++p, b += row, packed += width) {
    for (std::int64_t panel = 0; panel < kPanelsTogether; ++panel) {
      for (std::int64_t c = 0; c < width; c += kLanes) {
        store(packed + panel * width * k + c, load(b + panel * width + c));
      }
    }
  }
}

/// Packs all of B [k, n] into panels [k][width], zeros beyond n; the panel of column j begins at
/// packed + j · k.
inline void pack_all_columns(const StridedMatrix& b, std::int64_t k, std::int64_t n,
                             std::int64_t width, float* packed) {
  const std::int64_t columns = kPanelsTogether * width;
  constexpr std::int64_t kElementsPerRange = 16384;
  const std::int64_t grain = larger(1, kElementsPerRange / (larger(k, 1) * columns));
  parallel_for(divide_up(n, columns), grain, [&](std::int64_t begin, std::int64_t end) {
    for (std::int64_t first = begin * columns; first < end * columns; first += columns) {
      if (b.column == 1 && first + columns <= n) {
        pack_panels_together(b.at(0, first), b.row, k, width, packed + first * k);
        continue;
      }
      for (std::int64_t j = first; j < smaller(n, first + columns); j += width) {
        pack_dense_columns(b, k, j, smaller(width, n - j), width, packed + j * k);
      }
    }
  });
}

/// Multiplies up to kTileRows rows. Each element of B is used once, so B is read where it lies.
template <int Products, class Put>
void multiply_few_rows(std::int64_t m, std::int64_t n, std::int64_t k,
                       const StridedMatrix (&a)[Products], const StridedMatrix (&b)[Products],
                       const Put& put) {
  const std::int64_t numel = m * k + kLanes;
  const Scratch scratch(Products * numel);
  StridedMatrix packed_a[Products];
  for (int product = 0; product < Products; ++product) {
    float* const packed = scratch.data() + product * numel;
    pack_dense_rows(a[product], m, k, packed);
    packed_a[product] = {packed, 1, m};
  }
  const std::int64_t grain = round_up(kGrain / larger(k, 1) + 1, kStripColumns);
  parallel_for(n, grain, [&](std::int64_t begin, std::int64_t end) {
    multiply_strips(0, m, begin, end, k, packed_a, b, put);
  });
}

/// Computes `count` columns, at most Vectors · kLanes, of one row of the products.
template <int Vectors, int Products, class Put>
void multiply_row(std::int64_t i, std::int64_t j, std::int64_t count, std::int64_t k,
                  const StridedMatrix (&a)[Products], const StridedMatrix (&b)[Products],
                  const Put& put) {
  Vec sums[Vectors][Products];
  for (int v = 0; v < Vectors; ++v) {
    for (int product = 0; product < Products; ++product) sums[v][product] = Vec(0);
  }
  const std::int64_t last = count - (Vectors - 1) * kLanes;
  for (std::int64_t p = 0; p < k; ++p) {
    for (int product = 0; product < Products; ++product) {
      const Vec factor(*a[product].at(i, p));
      const float* const from = b[product].at(p, j);
      for (int v = 0; v < Vectors - 1; ++v) sums[v][product] += factor * load(from + v * kLanes);
      sums[Vectors - 1][product] += factor * load_some(from + (Vectors - 1) * kLanes, last);
    }
  }
  for (int v = 0; v < Vectors; ++v) {
    put(i, j + v * kLanes, v < Vectors - 1 ? kLanes : last, sums[v]);
  }
}

/// Multiplies where k is short. Both operands are read where they lie, and nothing but the result
/// is stored. The rows of B must be contiguous.
template <int Products, class Put>
void multiply_shallow(std::int64_t m, std::int64_t n, std::int64_t k,
                      const StridedMatrix (&a)[Products], const StridedMatrix (&b)[Products],
                      const Put& put) {
  constexpr int kVectors = 4;
  const std::int64_t grain = kGrain / (larger(k, 1) * larger(n, 1)) + 1;
  parallel_for(m, grain, [&](std::int64_t begin, std::int64_t end) {
    for (std::int64_t i = begin; i < end; ++i) {
      std::int64_t j = 0;
      for (; j + kVectors * kLanes <= n; j += kVectors * kLanes) {
        multiply_row<kVectors>(i, j, kVectors * kLanes, k, a, b, put);
      }
      for (; j < n; j += kLanes) multiply_row<1>(i, j, smaller(kLanes, n - j), k, a, b, put);
    }
  });
}

/// Multiplies up to kLanes columns. Each element of A is used for them alone, so A is read where it
/// lies.
template <int Products, class Put>
void multiply_few_columns(std::int64_t m, std::int64_t n, std::int64_t k,
                          const StridedMatrix (&a)[Products], const StridedMatrix (&b)[Products],
                          const Put& put) {
  const Scratch scratch(Products * kLanes * k);
  StridedMatrix packed_b[Products];
  for (int product = 0; product < Products; ++product) {
    float* const packed = scratch.data() + product * kLanes * k;
    pack_all_columns(b[product], k, n, kLanes, packed);
    packed_b[product] = {packed, kLanes, 1};
  }
  const std::int64_t grain = round_up(kGrain / (larger(k, 1) * kLanes) + 1, kTileRows);
  parallel_for(m, grain, [&](std::int64_t begin, std::int64_t end) {
    for (std::int64_t i = begin; i < end; i += kTileRows) {
      multiply_strips(i, smaller(kTileRows, end - i), 0, n, k, a, packed_b, put);
    }
  });
}

/// Whether one pass goes along all of k. A tile of AVX-512 has twice the rows, so it reads B half
/// as often, and several passes do not make it faster.
inline constexpr bool kPassesDeep = kVectorBytes == 64;

/// The part of k that a tile is multiplied along before the next tile follows: all of it, or one
/// block of the cascade. Deeper panels of B would leave the first-level cache before the tile below
/// reads them again. A second pass reads what the first one summed, which does not pay where k is
/// short.
inline std::int64_t panel_depth(std::int64_t k) {
  return kPassesDeep || k <= 2 * kCascadeBlock ? larger(1, k) : kCascadeBlock;
}
/// Tiles of rows that are multiplied with one panel of B while it is in the cache.
inline constexpr std::int64_t kRowTiles = kVectorBytes == 64 ? 4 : 32;

/// Whether the next panel of B is fetched to the second-level cache while this one is multiplied.
/// Each tile of rows fetches a part of it.
inline constexpr bool kPrefetchesPanels = kVectorBytes < 64;
inline constexpr std::int64_t kLineFloats = 16;

/// Fetches lines [begin, end) of the memory at `first`.
inline void prefetch(const float* first, std::int64_t begin, std::int64_t end) {
  for (std::int64_t line = begin; line < end; ++line) {
    __builtin_prefetch(first + line * kLineFloats, 0, 2);
  }
}

/// Panels of each product in one pass over k, and the sums that earlier passes made for the tile:
/// levels of a cascade that lie level_numel apart.
template <int Products>
struct Panels {
  std::int64_t depth;
  const float* a[Products];
  const float* b[Products];
  std::int64_t pass;
  bool last;
  float* levels;
  std::int64_t level_numel;

  /// Computes the sums of this pass. Before the last pass they go to the levels. After it `tile`
  /// has the sums over all of k.
  [[gnu::noinline]] void multiply(std::int64_t rows, int product, float* tile) const {
    if (depth > kCascadeBlock) {
      multiply_deep_panels(rows, depth, a[product], b[product], tile);
      return;
    }
    with_rows(rows, [&]<int Rows>() {
      TileSums<Rows> sums;
      sums.add_panels(depth, a[product], b[product]);
      sums.join(pass, last, levels + product * kTileNumel, level_numel);
      if (last) sums.store_to(tile);
    });
  }
};

/// Computes kTileRows rows and kTileColumns columns where k is one block. The last product goes
/// from the registers to put. This is a function of its own because g++ would spill sums in a
/// larger one.
template <int Products, class Put>
[[gnu::noinline]] void finish_whole_tile(std::int64_t row, std::int64_t column,
                                         const Panels<Products>& panels, const Put& put) {
  constexpr int kLast = Products - 1;
  alignas(kVectorBytes) float tiles[Products][kTileNumel];
  for (int product = 0; product < kLast; ++product) {
    panels.multiply(kTileRows, product, tiles[product]);
  }
  TileSums<kTileRows> sums;
  sums.add_panels(panels.depth, panels.a[kLast], panels.b[kLast]);
#pragma GCC unroll 12
  for (int r = 0; r < kTileRows; ++r) {
#pragma GCC unroll 2
    for (int v = 0; v < 2; ++v) {
      Vec values[Products];
      for (int product = 0; product < kLast; ++product) {
        values[product] = load(tiles[product] + r * kTileColumns + v * kLanes);
      }
      values[kLast] = sums.vector(r, v);
      put(row + r, column + v * kLanes, kLanes, values);
    }
  }
}

/// Computes any other tile: one with several blocks of k, or one at the edges with fewer rows and
/// columns.
template <int Products, class Put>
void finish_tile(std::int64_t row, std::int64_t rows, std::int64_t column, std::int64_t columns,
                 const Panels<Products>& panels, const Put& put) {
  alignas(kVectorBytes) float tiles[Products][kTileNumel];
  for (int product = 0; product < Products; ++product) {
    panels.multiply(rows, product, tiles[product]);
  }
  if (panels.last) put_tile(row, rows, column, columns, kTileColumns, tiles, put);
}

/// Computes rows [row, row + rows) of the products, with all of B packed. The panels of one pass
/// lie together: at distances of all of k, mostly powers of two, the caches would hold few of them.
template <int Products, class Put>
void multiply_row_range(std::int64_t row, std::int64_t rows, std::int64_t n, std::int64_t k,
                        const StridedMatrix (&a)[Products],
                        const float* const (&packed_b)[Products], const Put& put) {
  const std::int64_t most_depth = panel_depth(k);
  const std::int64_t numel = rows * most_depth + kLanes;
  const Scratch packed_a(Products * numel);
  const std::int64_t row_tiles = divide_up(rows, kTileRows);
  const std::int64_t column_tiles = divide_up(n, kTileColumns);
  const std::int64_t passes = larger(1, divide_up(k, most_depth));
  constexpr std::int64_t kSums = Products * kTileNumel;
  const std::int64_t level_numel = row_tiles * column_tiles * kSums;
  const Scratch levels(cascade_levels(passes) * level_numel);
  for (std::int64_t pass = 0; pass < passes; ++pass) {
    const std::int64_t k_begin = pass * most_depth;
    const std::int64_t depth = smaller(most_depth, k - k_begin);
    for (int product = 0; product < Products; ++product) {
      const StridedMatrix& from = a[product];
      pack_dense_rows({from.at(row, k_begin), from.row, from.column}, rows, depth,
                      packed_a.data() + product * numel);
    }
    for (std::int64_t t = 0; t < row_tiles * column_tiles; ++t) {
      const std::int64_t i = t % row_tiles * kTileRows;
      const std::int64_t j = t / row_tiles * kTileColumns;
      const std::int64_t count = smaller(kTileRows, rows - i);
      Panels<Products> panels{
          depth, {}, {}, pass, pass + 1 == passes, levels.data() + t * kSums, level_numel};
      for (int product = 0; product < Products; ++product) {
        panels.a[product] = packed_a.data() + product * numel + i * depth;
        panels.b[product] = packed_b[product] + k_begin * column_tiles * kTileColumns + j * depth;
      }
      if (kPrefetchesPanels && j + kTileColumns < n) {
        const std::int64_t lines = depth * kTileColumns / kLineFloats;
        for (int product = 0; product < Products; ++product) {
          const float* const next = panels.b[product] + depth * kTileColumns;
          prefetch(next, lines * (t % row_tiles) / row_tiles,
                   lines * (t % row_tiles + 1) / row_tiles);
        }
      }
      if (k <= kCascadeBlock && count == kTileRows && j + kTileColumns <= n) {
        finish_whole_tile(row + i, j, panels, put);
      } else {
        finish_tile(row + i, count, j, smaller(kTileColumns, n - j), panels, put);
      }
    }
  }
}

/// Tiles of rows in each range that a thread works on. Each range reads all of B. The number may
/// depend on the number of threads, because no sum is divided. Threads may not be equally fast, so
/// each gets two ranges where these have rows enough to repay reading B twice.
inline std::int64_t tiles_per_range(std::int64_t m) {
  constexpr std::int64_t kFewestTiles = 4;
  const std::int64_t tiles = divide_up(m, kTileRows);
  const std::int64_t threads = num_threads();
  const std::int64_t fewest = divide_up(tiles, threads * kRowTiles);
  const std::int64_t ranges = threads * (threads > 1 ? larger(2, fewest) : fewest);
  return larger(kFewestTiles, divide_up(tiles, ranges));
}

template <int Products, class Put>
void multiply_packed(std::int64_t m, std::int64_t n, std::int64_t k,
                     const StridedMatrix (&a)[Products], const StridedMatrix (&b)[Products],
                     const Put& put) {
  const std::int64_t numel = round_up(n, kTileColumns) * k;
  const Scratch scratch(Products * numel);
  const std::int64_t depth = panel_depth(k);
  const float* packed_b[Products];
  for (int product = 0; product < Products; ++product) {
    const StridedMatrix& from = b[product];
    float* const packed = scratch.data() + product * numel;
    for (std::int64_t begin = 0; begin < k; begin += depth) {
      pack_all_columns({from.at(begin, 0), from.row, from.column}, smaller(depth, k - begin), n,
                       kTileColumns, packed + begin * round_up(n, kTileColumns));
    }
    packed_b[product] = packed;
  }
  parallel_for(m, tiles_per_range(m) * kTileRows, [&](std::int64_t begin, std::int64_t end) {
    multiply_row_range(begin, end - begin, n, k, a, packed_b, put);
  });
}

/// C [m, n] = A [m, k] B [k, n] for each of Products pairs of operands of the same shapes.
/// put(row, column, count, values) gets a vector of each product, of which the first `count`
/// elements belong to it.
template <int Products, class Put>
void multiply_dense(std::int64_t m, std::int64_t n, std::int64_t k,
                    const StridedMatrix (&a)[Products], const StridedMatrix (&b)[Products],
                    const Put& put) {
  constexpr std::int64_t kShallow = 2;
  if (k <= kShallow && b[0].column == 1) {
    multiply_shallow(m, n, k, a, b, put);
  } else if (m <= kTileRows && (b[0].column == 1 || b[0].row == 1)) {
    multiply_few_rows(m, n, k, a, b, put);
  } else if (n <= kLanes) {
    multiply_few_columns(m, n, k, a, b, put);
  } else {
    multiply_packed(m, n, k, a, b, put);
  }
}

}  // namespace CREDENCE_ISA
}  // namespace credence::cpu
