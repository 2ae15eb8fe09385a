// Long sums in a cascade (pairwise summation: Higham, The accuracy of floating point summation,
// SIAM J. Sci. Comput. 14, 1993). Terms are added in blocks, the sums of blocks in groups, the sums
// of groups in larger groups, and so on. The rounding error then grows with the logarithm of the
// number of terms. One long running sum would lose a digit for each factor of ten. The order of the
// additions depends on the number of terms alone.
#pragma once

#include "framework/core/scratch.hpp"
#include "framework/cpu/simd/loops.hpp"

namespace credence::cpu {
namespace CREDENCE_ISA {

/// Terms that are added one after the other before their sum joins the cascade.
inline constexpr std::int64_t kCascadeBlock = 256;
/// Sums of one level that make one of the next.
inline constexpr std::int64_t kCascadeWidth = 16;
/// Levels of a cascade: enough for 16⁹ blocks, which is more than memory holds.
inline constexpr int kCascadeLevels = 9;

/// Joins the sum of block `index` (0, 1, …) with those of the blocks before. add(level) adds what
/// is stored at that level to the sum, and put(level) stores the sum there. After the `last` block
/// the sum is the total.
template <class Add, class Put>
[[gnu::always_inline]] inline void join_cascade(std::int64_t index, bool last, Add add, Put put) {
  for (int level = 0;; ++level, index /= kCascadeWidth) {
    if (last && index == 0) return;
    const std::int64_t stored = index % kCascadeWidth;
    if (stored != 0) add(level);
    if (!last && stored + 1 < kCascadeWidth) {
      put(level);
      return;
    }
  }
}

/// The same for `numel` sums at a time. The sums of the block stand in `sums`, and level l at
/// levels + l · stride.
inline void join_cascade(std::int64_t index, bool last, std::int64_t numel, float* sums,
                         float* levels, std::int64_t stride) {
  join_cascade(
      index, last,
      [=](int level) {
        map_serial(
            numel, sums, [](Vec a, Vec b) { return a + b; }, static_cast<const float*>(sums),
            static_cast<const float*>(levels + level * stride));
      },
      [=](int level) { copy_floats(numel, sums, levels + level * stride); });
}

/// Levels that a cascade of `blocks` blocks stores.
constexpr int cascade_levels(std::int64_t blocks) {
  int levels = 0;
  for (std::int64_t i = blocks - 1; i > 0; i /= kCascadeWidth) ++levels;
  return levels;
}

/// total [numel] = the sums over [0, depth), where sum(begin, end, to) stores those over [begin,
/// end) at `to`. numel is at most MostNumel.
template <std::int64_t MostNumel, class Sum>
[[gnu::always_inline]] inline void sum_in_blocks(std::int64_t depth, std::int64_t numel,
                                                 float* total, Sum sum) {
  alignas(kVectorBytes) float levels[kCascadeLevels * MostNumel];
  for (std::int64_t begin = 0;;) {
    const std::int64_t end = depth - begin < kCascadeBlock ? depth : begin + kCascadeBlock;
    sum(begin, end, total);
    if (depth > kCascadeBlock) {
      join_cascade(begin / kCascadeBlock, end == depth, numel, total, levels, MostNumel);
    }
    if (end == depth) return;
    begin = end;
  }
}

/// result [numel] = the sum of `count` arrays that lie `stride` apart. There is at least one.
inline void sum_arrays(std::int64_t numel, std::int64_t count, std::int64_t stride,
                       const float* arrays, float* result) {
  const std::int64_t blocks = (count + kCascadeWidth - 1) / kCascadeWidth;
  const int levels = cascade_levels(blocks);
  parallel_for(numel, kGrain, [=](std::int64_t begin, std::int64_t end) {
    const std::int64_t n = end - begin;
    const Scratch stored(levels * n);
    for (std::int64_t block = 0; block < blocks; ++block) {
      const std::int64_t first = block * kCascadeWidth;
      const std::int64_t after = first + kCascadeWidth < count ? first + kCascadeWidth : count;
      copy_floats(n, arrays + first * stride + begin, result + begin);
      for (std::int64_t i = first + 1; i < after; ++i) {
        map_serial(
            n, result + begin, [](Vec a, Vec b) { return a + b; },
            static_cast<const float*>(result + begin), arrays + i * stride + begin);
      }
      join_cascade(block, block + 1 == blocks, n, result + begin, stored.data(), n);
    }
  });
}

}  // namespace CREDENCE_ISA
}  // namespace credence::cpu
