// The check of lesson 4's exercise: against the integral that defines the divergence.
#include <cmath>
#include <cstdio>
#include <numbers>

double divergence(double mu, double sigma, double m, double s);

namespace {

double log_normal(double x, double mean, double deviation) {
  const double z = (x - mean) / deviation;
  return -0.5 * (std::log(2 * std::numbers::pi) + z * z) - std::log(deviation);
}

}  // namespace

int main() {
  constexpr double kCases[][4] = {
      {0, 1, 0, 1}, {0.5, 0.4, 0, 1}, {0.5, 0.4, 0.5, 0.1}, {-1, 2, 1, 3}};
  for (const auto& [mu, sigma, m, s] : kCases) {
    double expected = 0;
    const double step = sigma / 1000;
    for (int i = -10000; i <= 10000; ++i) {
      const double w = mu + i * step, log_q = log_normal(w, mu, sigma);
      expected += step * std::exp(log_q) * (log_q - log_normal(w, m, s));
    }
    const double found = divergence(mu, sigma, m, s);
    if (std::abs(found - expected) < 1e-6) continue;
    std::printf("not yet: KL of N(%g, %g^2) from N(%g, %g^2) is %.4f, not %.4f\n", mu, sigma, m, s,
                expected, found);
    return 1;
  }
  std::printf("passed\n");
}
