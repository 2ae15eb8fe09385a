// Exercise of page 4 of the kernels: mean and variance of an output in one loop. Fill the hole;
// `examples/guide/run k4 --exercise` builds this file and checks it.
#include <cstddef>
#include <vector>

struct Moments {
  float mean = 0;
  float variance = 0;
};

// The sum of x_c times a normal weight of mean mu_c and variance sigma2_c, over all c.
Moments moments(const std::vector<float>& x, const std::vector<float>& mu,
                [[maybe_unused]] const std::vector<float>& sigma2) {
  Moments sum;
  for (std::size_t c = 0; c < x.size(); ++c) {
    sum.mean += x[c] * mu[c];
    sum.variance += 0;  // the hole: what does weight c add to the variance?
  }
  return sum;
}
