// Exercise of lesson 4: the divergence from a prior that is not N(0, 1). Fill the hole;
// `examples/guide/run 4 --exercise` builds this file and checks it.
#include <cmath>

// KL(q ‖ p) in nats, of q = N(mu, sigma²) from p = N(m, s²).
double divergence(double mu, double sigma, [[maybe_unused]] double m, [[maybe_unused]] double s) {
  // The hole: this is the divergence from N(0, 1).
  return 0.5 * (sigma * sigma + mu * mu - 1) - std::log(sigma);
}
