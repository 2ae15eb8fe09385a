// Which class a row of scores predicts, and whether that is right.
#pragma once

#include <cstdint>
#include <limits>

namespace credence::formulas {

/// The index of the largest of n values, of the first where there are several; a NaN is larger than
/// any number, as numpy and PyTorch have it. 0 where there is no value.
template <class T>
constexpr std::int64_t first_largest(std::int64_t n, const T* values) {
  std::int64_t best = 0;
  for (std::int64_t i = 1; i < n; ++i) {
    if (values[best] != values[best]) break;
    // Larger or NaN.
    if (!(values[i] <= values[best])) best = i;
  }
  return best;
}

/// Whether n scores predict this label: it is the index of the largest, of the first where there
/// are several. Scores with a NaN among them predict nothing.
template <class T>
constexpr bool predicts(std::int64_t n, const T* scores, std::int64_t label) {
  if (n == 0) return false;
  const std::int64_t best = first_largest(n, scores);
  return best == label && scores[best] == scores[best];
}

/// 1 where they do, else 0; not a number where the label is the index of none, so that a sum tells.
template <class T>
constexpr double correct(std::int64_t n, const T* scores, std::int64_t label) {
  if (label < 0 || label >= n) return std::numeric_limits<double>::quiet_NaN();
  return predicts(n, scores, label) ? 1 : 0;
}

}  // namespace credence::formulas
