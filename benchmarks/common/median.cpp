// The median of measured times.
#include "benchmarks/common/median.hpp"

#include "framework/base/error.hpp"

#include <algorithm>

namespace credence::benchmarks {

double median(std::vector<double> values) {
  if (values.empty()) throw ValueError("[median] there are no values");
  std::sort(values.begin(), values.end());
  const std::size_t middle = values.size() / 2;
  return values.size() % 2 == 1 ? values[middle] : (values[middle - 1] + values[middle]) / 2;
}

}  // namespace credence::benchmarks
