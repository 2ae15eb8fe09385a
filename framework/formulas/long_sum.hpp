// Sums of many terms.
#pragma once

#include <cstdint>

namespace credence::formulas {

/// A sum of many terms in three steps, terms in blocks, blocks in groups, and groups, so that the
/// rounding error stays small: one running sum loses a digit for each factor of ten in their
/// number.
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
