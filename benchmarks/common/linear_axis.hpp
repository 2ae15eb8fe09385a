// Linear axes of figures.
#pragma once

#include <vector>

namespace credence::benchmarks {

/// The values from `low` to `high` on a stretch of the page.
struct LinearAxis {
  double from;  ///< the place of low
  double to;    ///< the place of high
  double low;
  double high;

  double at(double value) const { return from + (to - from) * (value - low) / (high - low); }
};

/// The step of 1, 2 or 5 times a power of ten that cuts a range into three to six parts.
double nice_step(double range);

/// The multiples of the step from `low` to `high`, both of which may be off by a millionth of it.
std::vector<double> linear_ticks(double low, double high, double step);

}  // namespace credence::benchmarks
