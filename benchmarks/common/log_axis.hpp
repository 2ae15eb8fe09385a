// Logarithmic axes of figures.
#pragma once

#include <vector>

namespace credence::benchmarks {

/// The values from `low` to `high` on a stretch of the page.
struct LogAxis {
  double from;  ///< the place of low
  double to;    ///< the place of high
  double low;
  double high;

  /// The place of a value; the middle where the axis has but one.
  double at(double value) const;
  double value_at(double place) const;
};

/// 1, 2 and 5 times the powers of ten within the range.
std::vector<double> log_ticks(double low, double high);

}  // namespace credence::benchmarks
