// Ticks of a linear axis.
#include "benchmarks/common/linear_axis.hpp"

#include <algorithm>
#include <cmath>

namespace credence::benchmarks {

double nice_step(double range) {
  const double power = std::pow(10.0, std::floor(std::log10(range / 5)));
  for (const double factor : {1.0, 2.0, 5.0}) {
    if (range / (factor * power) <= 6) return factor * power;
  }
  return 10 * power;
}

std::vector<double> linear_ticks(double low, double high, double step) {
  constexpr double kSlack = 1e-6;
  std::vector<double> values;
  const double last = std::floor(high / step + kSlack);
  for (double k = std::ceil(low / step - kSlack); k <= last; ++k) {
    values.push_back(k == 0 ? 0 : k * step);  // no −0
  }
  return values;
}

}  // namespace credence::benchmarks
