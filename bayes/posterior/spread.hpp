// The parameter of a posterior's spread: its initial value, its bounds, and the checks of both.
#pragma once

#include "framework/autograd/variable.hpp"

#include <limits>

namespace credence::bayes {

inline constexpr double kUnbounded = std::numeric_limits<double>::infinity();

/// Whether a number is finite in an element type.
bool fits(double value, DType dtype);

/// The interval [lower, upper] of a spread.
struct Bounds {
  double lower = -kUnbounded;
  double upper = kUnbounded;

  /// x, clamped to the interval; its gradient is 0 outside.
  Variable clamp(const Variable& x) const;
};

/// Throws ValueError that names the spread, "log alpha", where `initial` is not finite in the type
/// or not in the interval.
void check_spread(const char* name, double initial, DType dtype, const Bounds& bounds);

/// A trainable number for each weight, in the shape of `mean`. Throws as check_spread does.
Variable spread_parameter(const char* name, const Variable& mean, double initial,
                          const Bounds& bounds);

/// 2 log(ratio · |mean| + 1e-12): the log variances of weights whose deviation is `ratio` times
/// the mean's magnitude.
Tensor relative_log_variance(const Variable& mean, double ratio);

}  // namespace credence::bayes
