// The entropy of class probabilities and the terms of a mutual information, in forms that do not
// lose small results to rounding.
#pragma once

#include <algorithm>
#include <cmath>
#include <vector>

namespace credence::bayes::metrics {

/// −Σ p log p in nats, with 0 log 0 = 0. The largest probability may be rounded to 1. Then 1 minus
/// the sum of the others is more accurate.
inline double entropy(const std::vector<double>& p) {
  const auto top = std::max_element(p.begin(), p.end());
  double others = 0;
  double entropy = 0;
  for (auto other = p.begin(); other != p.end(); ++other) {
    if (other == top || *other <= 0) continue;
    others += *other;
    entropy -= *other * std::log(*other);
  }
  return *top > 0.5 ? entropy - (1 - others) * std::log1p(-others)
                    : entropy - *top * std::log(*top);
}

/// p log(p / q) + q − p, which is never negative. Summed over all samples it equals Σ p log(p / q),
/// because q is the mean of the p. It does not cancel, as the difference of two entropies does.
inline double divergence_term(double p, double q) {
  if (p <= 0) return q;
  const double excess = (q - p) / p;
  return excess < 1 ? p * (excess - std::log1p(excess)) : (q - p) - p * (std::log(q) - std::log(p));
}

}  // namespace credence::bayes::metrics
