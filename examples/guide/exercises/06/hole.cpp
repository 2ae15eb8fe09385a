// Exercise of lesson 6: the gradient of log alpha by hand. Fill the hole;
// `examples/guide/run 6 --exercise` builds this file and checks it.
#include <cmath>

// dL/d log alpha of the output y = mu x + sqrt(v) noise with v = alpha mu² x², given dL/dy.
double log_alpha_gradient([[maybe_unused]] double grad_y, [[maybe_unused]] double x,
                          [[maybe_unused]] double mu, [[maybe_unused]] double log_alpha,
                          [[maybe_unused]] double noise) {
  return 0;  // the hole: dL/dy · dy/dv · dv/d log alpha
}
