// The check of lesson 7's exercise: against the variance of 300 000 draws of y.
#include "credence.hpp"

#include <cmath>
#include <cstdio>
#include <vector>

double predictive_variance(const std::vector<double>& means, const std::vector<double>& variances);

int main() {
  constexpr std::int64_t kDraws = 300000;
  const std::vector<double> means{-1, 0.5, 2}, variances{0.25, 1, 0.04};
  const credence::RandomStream noise = credence::Generator(1).next();
  double sum = 0, squares = 0;
  for (std::int64_t k = 0; k < kDraws; ++k) {
    const auto s = static_cast<std::size_t>(k % 3);
    const double y = means[s] + std::sqrt(variances[s]) * noise.normal(k);
    sum += y / kDraws;
    squares += y * y / kDraws;
  }
  const double expected = squares - sum * sum, found = predictive_variance(means, variances);
  if (std::abs(found / expected - 1) < 0.02) {
    std::printf("passed\n");
    return 0;
  }
  std::printf("not yet: draws of y have the variance %.3f, not %.3f\n", expected, found);
  return 1;
}
