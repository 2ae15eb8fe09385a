// A solution of the exercise of lesson 4.
#include <cmath>

// KL(q ‖ p) in nats, of q = N(mu, sigma²) from p = N(m, s²). In units of s, and counted from m, the
// prior is N(0, 1): a divergence does not depend on units.
double divergence(double mu, double sigma, double m, double s) {
  const double z = (mu - m) / s, r = sigma / s;
  return 0.5 * (r * r + z * z - 1) - std::log(r);
}
