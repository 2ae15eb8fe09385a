// Two passes over the values, so that nothing cancels.
#include "docs/explorer/core/moments.hpp"

#include <cmath>

namespace credence::explorer {

Moments moments(const Tensor& values) {
  const auto rows = static_cast<std::size_t>(values.shape()[0]);
  const std::vector<double> all = values.to_vector<double>();
  const std::size_t size = all.size() / rows;
  Moments result{std::vector<double>(size), std::vector<double>(size)};
  for (std::size_t i = 0; i < size; ++i) {
    double sum = 0, squares = 0;
    for (std::size_t row = 0; row < rows; ++row) sum += all[row * size + i];
    const double mean = sum / static_cast<double>(rows);
    for (std::size_t row = 0; row < rows; ++row) {
      squares += (all[row * size + i] - mean) * (all[row * size + i] - mean);
    }
    result.mean[i] = mean;
    result.deviation[i] = std::sqrt(squares / static_cast<double>(rows));
  }
  return result;
}

}  // namespace credence::explorer
