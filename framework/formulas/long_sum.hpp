// A sum of many terms with a small rounding error.
#pragma once

#include <cstdint>

namespace credence::formulas {

/// A sum in three levels: 64 terms make a block, 64 blocks a group, and the groups the total. The
/// rounding error is far smaller than that of one running sum, whose error bound grows with the
/// number of terms (Higham, "The accuracy of floating point summation", SIAM J. Sci. Comput. 14,
/// 1993).
template <class V>
class LongSum {
 public:
  constexpr void add(V term) {
    block_ = block_ + term;
    if (++terms_ % kBlock != 0) return;
    group_ = group_ + block_;
    block_ = V(0);
    if (terms_ % (kBlock * kBlock) != 0) return;
    total_ = total_ + group_;
    group_ = V(0);
  }
  constexpr V total() const { return total_ + (group_ + block_); }

 private:
  static constexpr std::int64_t kBlock = 64;
  std::int64_t terms_ = 0;
  V block_ = V(0);
  V group_ = V(0);
  V total_ = V(0);
};

}  // namespace credence::formulas
