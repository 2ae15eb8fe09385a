// The standard normal distribution: density, distribution function and quantiles.
#pragma once

#include "framework/base/function_ref.hpp"

#include <cmath>
#include <numbers>

namespace credence::bayes::metrics {

/// φ(z)
inline double density(double z) {
  return std::exp(-z * z / 2) * std::numbers::inv_sqrtpi / std::numbers::sqrt2;
}
/// Φ(z)
inline double distribution(double z) { return std::erfc(-z / std::numbers::sqrt2) / 2; }

/// The number in [low, high] at which `is_below` turns from true to false, as near as double allows
/// relative to the interval.
inline double bisect(double low, double high, FunctionRef<bool(double)> is_below) {
  constexpr int kHalvings = 64;
  for (int step = 0; step < kHalvings; ++step) {
    const double middle = low + (high - low) / 2;
    (is_below(middle) ? low : high) = middle;
  }
  return low + (high - low) / 2;
}

/// z with Φ(z) = probability, for a probability up to 1/2. Φ(−40) is 0 in double precision.
inline double lower_normal_quantile(double probability) {
  return bisect(-40, 0, [&](double z) { return distribution(z) < probability; });
}

/// The same for any probability in (0, 1).
inline double normal_quantile(double probability) {
  return probability <= 0.5 ? lower_normal_quantile(probability)
                            : -lower_normal_quantile(1 - probability);
}

}  // namespace credence::bayes::metrics
