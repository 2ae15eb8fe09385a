// Exercise of page 6 of the kernels: softplus for every number. Fill the hole;
// `examples/guide/run k6 --exercise` builds this file and checks it.
#include <cmath>

// ln(1 + e^x). This form is infinite from x = 89 on, and 0 below -17: which one is right for all x?
float softplus(float x) {
  return std::log(1 + std::exp(x));  // the hole
}
