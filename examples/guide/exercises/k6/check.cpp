// The check of the exercise of page 6 of the kernels: against e^x for very small numbers, x for
// large ones, and ln 2 at 0.
#include <cmath>
#include <cstdio>

float softplus(float x);

int main() {
  const double xs[] = {0, 1000, 100, -20, -80, -1000};
  const double expected[] = {std::log(2.0), 1000, 100, std::exp(-20.0), std::exp(-80.0), 0};
  for (int i = 0; i < 6; ++i) {
    const double found = softplus(static_cast<float>(xs[i]));
    if (std::fabs(found - expected[i]) <= 1e-6 * expected[i]) continue;
    std::printf("not yet: softplus(%.0f) is %g, not %g\n", xs[i], found, expected[i]);
    return 1;
  }
  std::printf("passed\n");
}
