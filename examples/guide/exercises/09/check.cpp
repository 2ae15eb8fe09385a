// The check of lesson 9's exercise: against Credence's number for 1000 predictions of two classes.
#include "credence.hpp"

#include <cmath>
#include <cstdio>

using namespace credence;

double calibration_error(const std::vector<double>& confidence, const std::vector<double>& right,
                         std::size_t bins);

int main() {
  Generator seed(1);
  const RandomStream says = seed.next(), happens = seed.next();
  std::vector<double> confidence, right, log_probabilities;
  std::vector<std::int64_t> labels;
  for (std::int64_t i = 0; i < 1000; ++i) {
    confidence.push_back(0.5 + 0.5 * says.uniform(i));
    labels.push_back(happens.uniform(i) < 1.4 - confidence.back() ? 0 : 1);
    right.push_back(labels.back() == 0 ? 1 : 0);
    log_probabilities.push_back(std::log(confidence.back()));
    log_probabilities.push_back(std::log(1 - confidence.back()));
  }
  const auto bins = bayes::metrics::reliability_bins(Tensor::from({1000, 2}, log_probabilities),
                                                     Tensor::from({1000}, labels), {.bins = 15});
  const double expected = bayes::metrics::expected_calibration_error(bins);
  const double found = calibration_error(confidence, right, 15);
  if (std::abs(found - expected) < 1e-6) {
    std::printf("passed\n");
    return 0;
  }
  std::printf("not yet: the error with 15 bins is %.4f, not %.4f\n", expected, found);
  return 1;
}
