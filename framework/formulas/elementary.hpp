// The numbers of pointwise functions: their parameters, and the elementary functions that several
// formulas share. V is any number type: a vector register on the CPU, a double in the reference
// kernels, a float on a GPU.
#pragma once

#include <cmath>
#include <type_traits>

namespace credence {

/// The parameters of a pointwise function. A functor uses none, the first or both.
struct PointwiseParameters {
  double first = 0;
  double second = 0;
  bool operator==(const PointwiseParameters&) const = default;
};

/// The closed interval [low, high].
struct Interval {
  double low;
  double high;
};

/// condition ? yes : no. Vector types have their own overload.
template <class T>
requires std::is_arithmetic_v<T>
constexpr T where(bool condition, T yes, T no) { return condition ? yes : no; }

namespace pointwise {

/// The larger of a and b, and b where either is NaN; min is the same for the smaller. Vector types
/// have their own overloads of these and of the functions below.
template <class T>
requires std::is_arithmetic_v<T>
constexpr T max(T a, T b) { return a > b ? a : b; }
template <class T>
requires std::is_arithmetic_v<T>
constexpr T min(T a, T b) { return a < b ? a : b; }

/// e^−|x|, which cannot overflow.
template <class V>
constexpr V exp_minus_abs(V x) {
  using std::abs;
  using std::exp;
  return exp(-abs(x));
}

/// 1 / (1 + e^−x)
template <class V>
constexpr V logistic(V x) {
  using std::exp;
  return V(1) / (V(1) + exp(-x));
}

/// x limited to [−800, 800], beyond which e^−x is 0 or ∞ in every V. A product with it is not NaN
/// where x is infinite.
template <class V>
constexpr V bounded_for_exp(V x) {
  return min(V(800), max(V(-800), x));
}
/// e^−x of an x from bounded_for_exp.
template <class V>
constexpr V exp_minus_bounded(V x) {
  using std::exp;
  return exp(-x);
}

/// ln(1 + e^−|x|)
template <class V>
constexpr V log1p_exp_minus_abs(V x) {
  using std::log1p;
  return log1p(exp_minus_abs(x));
}

/// ln(1 + e^x), in a form that neither overflows nor cancels.
template <class V>
constexpr V log1p_exp(V x) {
  return max(x, V(0)) + log1p_exp_minus_abs(x);
}

}  // namespace pointwise
}  // namespace credence
