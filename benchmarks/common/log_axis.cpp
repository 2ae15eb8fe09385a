// Places and ticks of a logarithmic axis.
#include "benchmarks/common/log_axis.hpp"

#include <cmath>

namespace credence::benchmarks {

double LogAxis::at(double value) const {
  if (low == high) return (from + to) / 2;
  return from + (to - from) * std::log(value / low) / std::log(high / low);
}

double LogAxis::value_at(double place) const {
  return low * std::pow(high / low, (place - from) / (to - from));
}

std::vector<double> log_ticks(double low, double high) {
  std::vector<double> values;
  for (double power = std::pow(10, std::floor(std::log10(low))); power <= high; power *= 10) {
    for (const double factor : {1.0, 2.0, 5.0}) {
      if (factor * power >= low && factor * power <= high) values.push_back(factor * power);
    }
  }
  return values;
}

}  // namespace credence::benchmarks
