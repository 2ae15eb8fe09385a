// Spreads: a trainable number for each weight, within bounds.
#include "bayes/posterior/spread.hpp"

#include "framework/base/error.hpp"
#include "framework/ops/pointwise.hpp"

#include <cmath>

#include <fmt/core.h>

namespace credence::bayes {

bool fits(double value, DType dtype) {
  return std::isfinite(dtype == DType::float32 ? static_cast<float>(value) : value);
}

Variable Bounds::clamp(const Variable& x) const {
  const bool bounded = std::isfinite(lower) || std::isfinite(upper);
  return bounded ? credence::clamp(x, lower, upper) : x;
}

void check_spread(const char* name, double initial, DType dtype, const Bounds& bounds) {
  if (!fits(initial, dtype)) {
    throw ValueError(
        fmt::format("[posterior] the initial {} must be finite, not {}", name, initial));
  }
  if (!(bounds.lower <= initial && initial <= bounds.upper)) {
    throw ValueError(
        fmt::format("[posterior] the initial {} {} is not between its bounds {} and {}", name,
                    initial, bounds.lower, bounds.upper));
  }
}

Variable spread_parameter(const char* name, const Variable& mean, double initial,
                          const Bounds& bounds) {
  check_spread(name, initial, mean.dtype(), bounds);
  return Variable(Tensor::full(mean.shape(), initial, mean.dtype(), mean.device()), true);
}

Tensor relative_log_variance(const Variable& mean, double ratio) {
  const NoGrad no_grad;
  return affine(log(affine(abs(mean), ratio, 1e-12)), 2, 0).value();
}

}  // namespace credence::bayes
