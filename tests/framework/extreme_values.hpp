// The functions of the catalogue at the ends of the number line: values and derivatives from closed
// forms in long double, whose range contains those of float and double.
#pragma once

#include "framework/dispatch/kernels.hpp"

#include <cmath>
#include <functional>
#include <limits>
#include <string>
#include <vector>

#include <boost/test/unit_test.hpp>

namespace credence {

/// A function of the catalogue and its correct values, or limits where the formula has one.
struct ExtremeCase {
  pointwise::Function function;
  std::function<long double(long double)> value;
  std::function<long double(long double)> derivative;
  /// An absolute tolerance of the derivative in float32, in addition to the relative one, for
  /// functions whose derivative follows from a y that was rounded near ±1.
  double absolute_tolerance = 0;
  /// Whether results may be 0 where e^−x overflows; they are then below 256 times the smallest
  /// normal number.
  bool vanishes = false;
};

inline std::vector<ExtremeCase> extreme_cases() {
  using namespace pointwise;
  using Real = long double;
  const auto part = [](Real x) { return std::exp(-std::abs(x)); };
  const auto logistic_of = [=](Real x) { return (x < 0 ? part(x) : 1) / (1 + part(x)); };
  const auto slope_of_logistic = [=](Real x) { return part(x) / (1 + part(x)) / (1 + part(x)); };
  const auto softplus_of = [=](double beta) {
    return ExtremeCase{{kEntry<Softplus>, {beta, 0}},
                       [=](Real x) { return (x > 0 ? x : 0) + std::log1p(part(beta * x)) / beta; },
                       [=](Real x) { return logistic_of(beta * x); }};
  };
  return {
      {{kEntry<Relu>, {}},
       [](Real x) { return x < 0 ? 0 : x; },
       [](Real x) { return x <= 0 ? 0 : 1; }},
      {{kEntry<LeakyRelu>, {0.25, 0}},
       [](Real x) { return x > 0 ? x : x / 4; },
       [](Real x) { return x > 0 ? 1 : 0.25L; }},
      {{kEntry<Elu>, {1, 0}},
       [](Real x) { return x < 0 ? std::expm1(x) : x; },
       [](Real x) { return x > 0 ? 1 : std::exp(x); }},
      softplus_of(1),
      softplus_of(8),
      softplus_of(0.125),
      {{kEntry<LogSigmoid>, {}},
       [=](Real x) { return (x < 0 ? x : 0) - std::log1p(part(x)); },
       [=](Real x) { return logistic_of(-x); },
       0,
       true},
      {{kEntry<Sigmoid>, {}}, logistic_of, slope_of_logistic, 1.2e-7, true},
      {{kEntry<Silu>, {}},
       [=](Real x) { return std::isinf(x) && x < 0 ? 0 : x * logistic_of(x); },
       [=](Real x) { return logistic_of(x) + (std::isinf(x) ? 0 : x * slope_of_logistic(x)); },
       0,
       true},
      {{kEntry<Tanh>, {}},
       [](Real x) { return std::tanh(x); },
       [=](Real x) { return 4 * slope_of_logistic(2 * x); },
       1.2e-7},
      {{kEntry<Exp>, {}}, [](Real x) { return std::exp(x); }, [](Real x) { return std::exp(x); }},
      {{kEntry<Log>, {}}, [](Real x) { return std::log(x); }, [](Real x) { return 1 / x; }},
      {{kEntry<Log1p>, {}},
       [](Real x) { return std::log1p(x); },
       [](Real x) { return 1 / (1 + x); }},
      {{kEntry<Sqrt>, {}},
       [](Real x) { return std::sqrt(x); },
       [](Real x) { return 1 / (2 * std::sqrt(x)); }},
      {{kEntry<Square>, {}}, [](Real x) { return x * x; }, [](Real x) { return 2 * x; }},
      {{kEntry<Abs>, {}},
       [](Real x) { return std::abs(x); },
       [](Real x) { return x > 0   ? 1
                           : x < 0 ? -1
                                   : 0; }},
      {{kEntry<Reciprocal>, {}}, [](Real x) { return 1 / x; }, [](Real x) { return -1 / x / x; }},
      {{kEntry<Affine>, {1.5, -0.25}},
       [](Real x) { return 1.5L * x - 0.25L; },
       [](Real) { return 1.5L; }},
      {{kEntry<Clamp>, {-1, 1.5}},
       [](Real x) { return x < -1     ? -1
                           : x > 1.5L ? 1.5L
                                      : x; },
       [](Real x) { return x >= -1 && x <= 1.5L ? 1 : 0; }},
  };
}

/// Infinities, NaN, both zeros, subnormal numbers, the largest ones, and the numbers around the
/// points where e^x, 1 − e^x or their squares overflow or underflow.
template <class T>
std::vector<T> extreme_points() {
  using Limits = std::numeric_limits<T>;
  std::vector<T> points{Limits::quiet_NaN()};
  for (const double x : {0.0,
                         1e-45,
                         1e-40,
                         1.2e-38,
                         1e-25,
                         1e-20,
                         1e-10,
                         1e-4,
                         0.5,
                         1.0,
                         2.0,
                         9.0,
                         16.0,
                         20.0,
                         30.0,
                         80.0,
                         87.0,
                         88.0,
                         89.0,
                         95.0,
                         103.0,
                         104.0,
                         106.0,
                         200.0,
                         700.0,
                         708.0,
                         711.0,
                         740.0,
                         746.0,
                         799.0,
                         801.0,
                         1e4,
                         1e10,
                         1e20,
                         1e38,
                         1e300,
                         static_cast<double>(Limits::denorm_min()),
                         8 * static_cast<double>(Limits::denorm_min()),
                         static_cast<double>(Limits::min()),
                         static_cast<double>(Limits::max()) / 2,
                         static_cast<double>(Limits::max()),
                         static_cast<double>(Limits::infinity())}) {
    points.push_back(static_cast<T>(x));
    points.push_back(static_cast<T>(-x));
  }
  return points;
}

/// Whether `actual` is `expected` as a T: NaN for NaN, the same infinity, and otherwise close.
template <class T>
bool is_close(T actual, long double expected, long double absolute) {
  using Limits = std::numeric_limits<T>;
  const T rounded = static_cast<T>(expected);
  if (std::isnan(rounded)) return std::isnan(actual);
  if (std::isinf(rounded) || std::isinf(actual)) return actual == rounded;
  // Products of subnormal numbers have few digits.
  const long double subnormal = 256 * static_cast<long double>(Limits::denorm_min());
  const long double relative = 16 * static_cast<long double>(Limits::epsilon());
  return std::abs(static_cast<long double>(actual) - expected) <=
         relative * std::abs(expected) + subnormal + absolute;
}

/// Compares a device's kernels for T with the closed forms.
template <class T>
void check_extreme_values(Device device) {
  const std::vector<T> points = extreme_points<T>();
  const auto n = static_cast<std::int64_t>(points.size());
  const Tensor x = Tensor::from<T>({n}, points).to(device);
  const Tensor grad = Tensor::full({n}, 1, dtype_of<T>, device);
  for (const ExtremeCase& c : extreme_cases()) {
    const auto& [entry, parameters] = c.function;
    const long double smallest =
        c.vanishes ? 256 * static_cast<long double>(std::numeric_limits<T>::min()) : 0;
    const long double rounding = static_cast<long double>(c.absolute_tolerance) *
                                 std::numeric_limits<T>::epsilon() /
                                 std::numeric_limits<float>::epsilon();
    const Tensor y = Tensor::empty_like(x);
    const Tensor grad_x = Tensor::empty_like(x);
    kernels<T>(device).pointwise_forward[entry.index](parameters, n, x.data<T>(), y.data<T>());
    kernels<T>(device).pointwise_backward[entry.index](
        parameters, n, (entry.keeps_output ? y : x).template data<T>(), grad.data<T>(),
        grad_x.data<T>());
    const std::vector<T> values = y.to_vector<T>();
    const std::vector<T> derivatives = grad_x.to_vector<T>();
    for (std::size_t i = 0; i < points.size(); ++i) {
      const long double value = c.value(points[i]);
      const long double derivative = c.derivative(points[i]);
      BOOST_TEST(is_close(values[i], value, smallest),
                 to_string(dtype_of<T>) << ": " << entry.name << "(" << points[i] << ") is "
                                        << values[i] << ", not " << value);
      if (value == 0 && !c.vanishes) {
        BOOST_TEST(std::signbit(values[i]) == std::signbit(value),
                   to_string(dtype_of<T>) << ": the sign of " << entry.name << " at " << points[i]);
      }
      BOOST_TEST(is_close(derivatives[i], derivative, smallest + rounding),
                 to_string(dtype_of<T>)
                     << ": the derivative of " << entry.name << " at " << points[i] << " is "
                     << derivatives[i] << ", not " << derivative);
    }
  }
}

}  // namespace credence
