// Exercise of lesson 9: the expected calibration error. Fill the hole;
// `examples/guide/run 9 --exercise` builds this file and checks it.
#include <cmath>
#include <cstddef>
#include <vector>

// ECE with bins of equal width: bin b of B holds the confidences in (b / B, (b + 1) / B]. right[i]
// is 1 where prediction i is right and 0 where it is wrong.
double calibration_error(const std::vector<double>& confidence, const std::vector<double>& right,
                         [[maybe_unused]] std::size_t bins) {
  // The hole: this is the error of one bin that holds all predictions.
  double difference = 0;
  for (std::size_t i = 0; i < confidence.size(); ++i) difference += right[i] - confidence[i];
  return std::abs(difference) / static_cast<double>(confidence.size());
}
