// Exercise of lesson 3: the deviation of an output with several random weights. Fill the hole;
// `examples/guide/run 3 --exercise` builds this file and checks it.
#include <cmath>
#include <cstddef>
#include <vector>

// The deviation of y = Σ_i w_i x_i with independent w_i ~ N(mu_i, sigma_i²).
double output_deviation(const std::vector<double>& x, const std::vector<double>& sigma) {
  // The hole: this is the deviation where all weights move together, up and down at the same time.
  double sum = 0;
  for (std::size_t i = 0; i < x.size(); ++i) sum += sigma[i] * std::abs(x[i]);
  return sum;
}
