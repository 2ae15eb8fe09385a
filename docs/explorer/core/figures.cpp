// Reading the arguments of a command.
#include "docs/explorer/core/figures.hpp"

#include "framework/base/error.hpp"

#include <cmath>

namespace credence::explorer {

double Arguments::number() {
  if (values_.empty()) throw ValueError("[explorer] an argument is missing");
  const double value = values_.front();
  if (!std::isfinite(value)) throw ValueError("[explorer] an argument is not finite");
  values_ = values_.subspan(1);
  return value;
}

int Arguments::integer(int low, int high) {
  const double value = number();
  if (value < low || value > high) {
    throw ValueError("[explorer] the argument " + std::to_string(value) + " is outside [" +
                     std::to_string(low) + ", " + std::to_string(high) + "]");
  }
  return static_cast<int>(value);
}

std::span<const double> Arguments::rest() {
  const std::span<const double> all = values_;
  values_ = {};
  return all;
}

}  // namespace credence::explorer
