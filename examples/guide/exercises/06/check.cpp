// The check of lesson 6's exercise: against the gradient that backward() finds.
#include "credence.hpp"

#include <cmath>
#include <cstdio>

using namespace credence;

double log_alpha_gradient(double grad_y, double x, double mu, double log_alpha, double noise);

int main() {
  constexpr double kCases[][5] = {{1, 1, 1, 0, 1}, {2, 0.5, -1.5, -3, 0.7}, {-1, -2, 0.1, 2, -1.2}};
  for (const auto& [grad_y, x, mu, log_alpha, noise] : kCases) {
    const Variable parameter(Tensor::full({}, log_alpha, DType::float64), true);
    const Variable y = sqrt(exp(parameter) * (mu * mu * x * x)) * noise + mu * x;
    (y * grad_y).backward();
    const double expected = parameter.grad().item();
    const double found = log_alpha_gradient(grad_y, x, mu, log_alpha, noise);
    if (std::abs(found - expected) < 1e-9) continue;
    std::printf("not yet: at x = %g, mu = %g, log alpha = %g it is %.5f, not %.5f\n", x, mu,
                log_alpha, expected, found);
    return 1;
  }
  std::printf("passed\n");
}
