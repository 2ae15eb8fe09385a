// A solution of the exercise of lesson 6.
#include <cmath>

// dL/d log alpha of the output y = mu x + sqrt(v) noise with v = alpha mu² x², given dL/dy.
double log_alpha_gradient(double grad_y, double x, double mu, double log_alpha, double noise) {
  const double v = std::exp(log_alpha) * mu * mu * x * x;
  return grad_y * noise / (2 * std::sqrt(v)) * v;  // dv/d log alpha = v
}
