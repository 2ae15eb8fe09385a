// A solution of the exercise of lesson 9.
#include <cmath>
#include <cstddef>
#include <vector>

// ECE with bins of equal width: bin b of B holds the confidences in (b / B, (b + 1) / B]. right[i]
// is 1 where prediction i is right and 0 where it is wrong. count / N · |accuracy − confidence| of
// a bin is |Σ (right − confidence)| / N over its predictions.
double calibration_error(const std::vector<double>& confidence, const std::vector<double>& right,
                         std::size_t bins) {
  std::vector<double> difference(bins);
  for (std::size_t i = 0; i < confidence.size(); ++i) {
    const double place = std::ceil(confidence[i] * static_cast<double>(bins)) - 1;
    difference[static_cast<std::size_t>(place)] += right[i] - confidence[i];
  }
  double error = 0;
  for (const double d : difference) error += std::abs(d) / static_cast<double>(confidence.size());
  return error;
}
