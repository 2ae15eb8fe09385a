// The check of lesson 5's exercise: over 100 000 draws of weights and signs, each of two examples
// has the mean and the variance of a draw of the weights, and the two are not correlated.
#include "credence.hpp"

#include <cmath>
#include <cstdio>
#include <vector>

using namespace credence;

double flipout(const std::vector<double>& x, const std::vector<double>& mu,
               const std::vector<double>& delta, const std::vector<double>& sign_x, double sign_y);

int main() {
  constexpr int kDraws = 100000;
  const std::vector<double> x{1, 2}, mu{0.5, -1}, sigma{0.3, 0.2};
  Generator seed(1);
  const RandomStream noise = seed.next(), coins = seed.next();
  double mean = 0, variance = 0, together = 0;
  for (std::int64_t k = 0; k < kDraws; ++k) {
    const std::vector<double> delta{sigma[0] * noise.normal(2 * k),
                                    sigma[1] * noise.normal(2 * k + 1)};
    const auto sign = [&](std::int64_t i) { return coins.below(6 * k + i, 2) == 0 ? 1.0 : -1.0; };
    const double a = flipout(x, mu, delta, {sign(0), sign(1)}, sign(2));
    const double b = flipout(x, mu, delta, {sign(3), sign(4)}, sign(5));
    mean += a / kDraws;
    variance += (a + 1.5) * (a + 1.5) / kDraws;
    together += (a + 1.5) * (b + 1.5) / kDraws;
  }
  // The mean is mu x, the variance Σ sigma² x².
  const auto is = [](const char* what, double found, double expected) {
    if (std::abs(found - expected) < 0.01) return true;
    std::printf("not yet: the %s is %.3f and should be %.3f\n", what, found, expected);
    return false;
  };
  if (!is("mean of an output", mean, -1.5) || !is("variance of an output", variance, 0.25) ||
      !is("covariance of two examples", together, 0)) {
    return 1;
  }
  std::printf("passed\n");
}
