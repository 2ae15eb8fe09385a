// Exercise of lesson 12: which weights to keep. Fill the hole;
// `examples/guide/run 12 --exercise` builds this file and checks it.
#include <cmath>
#include <cstddef>
#include <vector>

// Whether to keep each weight w_i ~ N(mu_i, sigma_i²), by the rule log alpha <= threshold.
std::vector<bool> kept(const std::vector<double>& mu,
                       [[maybe_unused]] const std::vector<double>& sigma, double threshold) {
  std::vector<bool> result;
  for (std::size_t i = 0; i < mu.size(); ++i) {
    const double log_alpha = -2 * std::log(std::abs(mu[i]));  // the hole: where is sigma?
    result.push_back(log_alpha <= threshold);
  }
  return result;
}
