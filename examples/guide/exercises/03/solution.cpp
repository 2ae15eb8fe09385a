// A solution of the exercise of lesson 3.
#include <cmath>
#include <cstddef>
#include <vector>

// The deviation of y = Σ_i w_i x_i with independent w_i ~ N(mu_i, sigma_i²): variances add up.
double output_deviation(const std::vector<double>& x, const std::vector<double>& sigma) {
  double variance = 0;
  for (std::size_t i = 0; i < x.size(); ++i) variance += sigma[i] * sigma[i] * x[i] * x[i];
  return std::sqrt(variance);
}
