// The class that a row of scores predicts, and whether it is right.
#pragma once

#include <cstdint>
#include <limits>

namespace credence::formulas {

/// The index of the largest of n values, and of the first of several equal ones. A NaN is larger
/// than any number, as in numpy.argmax and torch.argmax. 0 for n = 0.
template <class T>
constexpr std::int64_t first_largest(std::int64_t n, const T* values) {
  std::int64_t best = 0;
  for (std::int64_t i = 1; i < n; ++i) {
    if (values[best] != values[best]) break;
    // True for NaN too.
    if (!(values[i] <= values[best])) best = i;
  }
  return best;
}

/// Whether n scores predict this label, which is so where first_largest gives it. Scores with a NaN
/// among them predict nothing.
template <class T>
constexpr bool predicts(std::int64_t n, const T* scores, std::int64_t label) {
  if (n == 0) return false;
  const std::int64_t best = first_largest(n, scores);
  return best == label && scores[best] == scores[best];
}

/// 1 where the scores predict the label, else 0. NaN for a label outside [0, n), so that the error
/// shows in a sum.
template <class T>
constexpr double correct(std::int64_t n, const T* scores, std::int64_t label) {
  if (label < 0 || label >= n) return std::numeric_limits<double>::quiet_NaN();
  return predicts(n, scores, label) ? 1 : 0;
}

}  // namespace credence::formulas
