// A solution of the exercise of lesson 12.
#include <cmath>
#include <cstddef>
#include <vector>

// Whether to keep each weight w_i ~ N(mu_i, sigma_i²), by the rule log alpha <= threshold.
std::vector<bool> kept(const std::vector<double>& mu, const std::vector<double>& sigma,
                       double threshold) {
  std::vector<bool> result;
  for (std::size_t i = 0; i < mu.size(); ++i) {
    const double log_alpha = 2 * std::log(sigma[i] / std::abs(mu[i]));
    result.push_back(log_alpha <= threshold);
  }
  return result;
}
