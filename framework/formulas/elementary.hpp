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

/// ½ erfc(z / √2) for z ≥ 0: the probability that a standard normal number is above z. It is
/// ½ t exp(−z²/2 + p(t)) with t = 2 / (2 + z / √2) and p a Chebyshev series in 2t − 1 (the form is
/// that of Press et al., Numerical Recipes, section 6.2; tests/reference/erfc_series.py works out
/// the coefficients). The series' error is below 1e-16 in float64 and 1e-8 elsewhere.
template <class V>
constexpr V normal_tail(V z) {
  using std::exp;
  constexpr double kSeries[] = {
      -0.6513268598908547,     0.6419697923564902,      0.019476473204185836,
      -0.009561514786808632,   -0.0009465953444820369,  0.00036683949785276145,
      4.252332480690777e-05,   -2.0278578112534242e-05, -1.6242900046470256e-06,
      1.3036558355805232e-06,  1.5626441722066142e-08,  -8.523809591492654e-08,
      6.5290544390988515e-09,  5.059343495551469e-09,   -9.91364156493033e-10,
      -2.273651222931836e-10,  9.646791102015527e-11,   2.3940380830391146e-12,
      -6.886027526497553e-12,  8.944879273090725e-13,   3.130921399342958e-13,
      -1.1270822361367252e-13, 3.810905255189232e-16,   7.106097613609237e-15,
      -1.5230282014571043e-15, -9.457494571291233e-17,  1.210237189224279e-16,
      -2.816663087747177e-17};
  constexpr int kTerms = std::is_same_v<V, double> ? 28 : 13;
  const V t = V(2) / (V(2) + V(0.7071067811865476) * z);
  const V s = V(4) * t - V(2);  // 2 (2t − 1), as Clenshaw's recurrence needs
  V last(0);
  V next(0);
  for (int i = kTerms - 1; i > 0; --i) {
    const V term = s * next - last + V(kSeries[i]);
    last = next;
    next = term;
  }
  const V series = V(0.5) * s * next - last + V(kSeries[0]);
  return V(0.5) * t * exp(series - V(0.5) * z * z);
}

/// Φ(x), the standard normal distribution function, to a small relative error on both sides.
template <class V>
constexpr V normal_distribution(V x) {
  using std::abs;
  const V tail = normal_tail(abs(x));
  return where(x < V(0), tail, V(1) - tail);
}

}  // namespace pointwise
}  // namespace credence
