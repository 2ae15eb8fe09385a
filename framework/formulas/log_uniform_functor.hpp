// The divergence of a normal distribution from the log-uniform one, as a function of log α.
#pragma once

#include "framework/formulas/elementary.hpp"

#include <array>
#include <cstddef>
#include <numbers>
#include <utility>

namespace credence::pointwise {

namespace log_uniform {

inline constexpr std::size_t kTerms = 18;
using Coefficients = std::array<double, kTerms>;

// Coefficients of polynomials, the lowest power first. They are types, so that a GPU's code gets
// each number as a constant.

// (−2)^k / ((2k+1)!! (k+1)), of F(u) / u for small u.
struct Series {
  static constexpr Coefficients values() {
    Coefficients c{};
    double term = 1;
    for (std::size_t k = 0; k < kTerms; ++k) {
      c[k] = term / static_cast<double>(k + 1);
      term *= -2.0 / static_cast<double>(2 * k + 3);
    }
    return c;
  }
};

// (2k−1)!! / (2k 2^k) for k ≥ 1 and 0 for k = 0, of the asymptotic sum in 1 / u.
struct Asymptotic {
  static constexpr Coefficients values() {
    Coefficients c{};
    double term = 0.5;
    for (std::size_t k = 1; k < kTerms; ++k) {
      c[k] = term / static_cast<double>(2 * k);
      term *= static_cast<double>(2 * k + 1) / 2;
    }
    return c;
  }
};

// F(s²) for s from 1 to 2.5, in z = (s − 1.75) / 0.75.
struct Lower {
  static constexpr double kMiddle = 1.75;
  static constexpr double kHalfWidth = 0.75;
  static constexpr Coefficients values() {
    return {1.4277335823822253,    0.53915463100761561,    -0.14514045319666098,
            0.02590640323367963,   0.010212757830071368,   -0.0097334034128340351,
            0.0027264505460788119, 0.00028116189081172797, -0.00042089207740238647,
            9.2008042692416807e-5, 1.7940465877326646e-5,  -1.275015945674683e-5,
            1.2543695955184098e-6, 7.5833436400793062e-7,  -2.2958943254043936e-7,
            -1.297144248011302e-8, 1.4188534219710999e-8,  -1.1456289545120422e-9};
  }
};

// F(s²) for s from 2.5 to 5, in z = (s − 3.75) / 1.25.
struct Upper {
  static constexpr double kMiddle = 3.75;
  static constexpr double kHalfWidth = 1.25;
  static constexpr Coefficients values() {
    return {2.2846429444332234,      0.34676309898386896,    -0.062952026507605984,
            0.016119302069956343,    -0.0049920998553027829, 0.0018042649224682222,
            -0.00073912824081425271, 0.00031867181909438085, -0.00012593675140388472,
            3.4370138257420582e-5,   2.670345550227288e-6,   -1.106175043269208e-5,
            8.1642086721093762e-6,   -3.4716993293363055e-6, 4.8860255110934746e-7,
            4.0075271142589481e-7,   -2.4113949784597976e-7, 4.0120356388993192e-8};
  }
};

template <class Polynomial, std::size_t K>
inline constexpr double kCoefficient = Polynomial::values()[K];

/// Σ c_k z^k
template <class Polynomial, class V>
constexpr V evaluate(V z) {
  return [&]<std::size_t... K>(std::index_sequence<K...>) {
    V y(0);
    ((y = V(kCoefficient<Polynomial, kTerms - 1 - K>) + z * y), ...);
    return y;
  }
  (std::make_index_sequence<kTerms>{});
}

/// Σ k c_k z^(k−1)
template <class Polynomial, class V>
constexpr V derivative(V z) {
  return [&]<std::size_t... K>(std::index_sequence<K...>) {
    V y(0);
    ((y = V(kCoefficient<Polynomial, kTerms - 1 - K> * static_cast<double>(kTerms - 1 - K)) +
          z * y),
     ...);
    return y;
  }
  (std::make_index_sequence<kTerms - 1>{});
}

}  // namespace log_uniform

/// F(u) = ∫₀ᵘ D(√t) / √t dt with u = ½ e^−x, where D(s) = e^−s² ∫₀ˢ e^t² dt is Dawson's function:
/// the Kullback-Leibler divergence, in nats, of a normal distribution with log α = x from the
/// log-uniform one, with the constant that makes it 0 as x goes to infinity. dF/dx = −√u D(√u)
/// (Hron et al. 2018, arXiv 1807.01969, section 4).
///
/// Three forms cover u. Up to 1 it is the series Σ (−2)^k u^(k+1) / ((2k+1)!! (k+1)). From 25 it is
/// the asymptotic ½ (log 4u + γ) − Σ (2k−1)!! / (2k (2u)^k). Between them it is a polynomial in √u
/// for each of two intervals, of least largest error (3e-13). The derivative of each is that of the
/// form.
struct LogUniformDivergence {
  static constexpr const char* kName = "log_uniform_divergence";
  static constexpr Interval kDomain{-6, 4};
  static constexpr bool kKeepsOutput = false;
  explicit constexpr LogUniformDivergence(const PointwiseParameters&) {}

  template <class V>
  constexpr V forward(V x) const {
    const Arguments<V> a(x);
    return a.choose(a.small * log_uniform::evaluate<log_uniform::Series>(a.small),
                    log_uniform::evaluate<log_uniform::Lower>(a.lower),
                    log_uniform::evaluate<log_uniform::Upper>(a.upper),
                    V(0.5) * (V(std::numbers::ln2 + std::numbers::egamma) - x) -
                        log_uniform::evaluate<log_uniform::Asymptotic>(a.inverse));
  }

  // dF/dx = −u dF/du = −½ s dF/ds with s = √u.
  template <class V>
  constexpr V backward(V x, V grad) const {
    const Arguments<V> a(x);
    const V series = log_uniform::evaluate<log_uniform::Series>(a.small) +
                     a.small * log_uniform::derivative<log_uniform::Series>(a.small);
    const V half_root = V(0.5) * a.root;
    return -grad * a.choose(a.small * series,
                            half_root * V(1 / log_uniform::Lower::kHalfWidth) *
                                log_uniform::derivative<log_uniform::Lower>(a.lower),
                            half_root * V(1 / log_uniform::Upper::kHalfWidth) *
                                log_uniform::derivative<log_uniform::Upper>(a.upper),
                            V(0.5) + a.inverse * log_uniform::derivative<log_uniform::Asymptotic>(
                                                     a.inverse));
  }

 private:
  // The arguments of the forms, each held within the form's own interval. A NaN stays in `u` and
  // in `inverse`, and so in what is chosen.
  template <class V>
  struct Arguments {
    explicit constexpr Arguments(V x) {
      using std::exp;
      // Below it the asymptotic form does not need u.
      const V bounded = max(V(-80), x);
      u = V(0.5) * exp(-bounded);
      small = min(u, V(1));
      inverse = V(2) * exp(min(V(-3.9), x));
      root = min(V(5), max(V(1), V(0.5 * std::numbers::sqrt2) * exp(V(-0.5) * bounded)));
      lower = part<log_uniform::Lower>(min(root, V(2.5)));
      upper = part<log_uniform::Upper>(max(root, V(2.5)));
    }
    template <class Part>
    static constexpr V part(V s) {
      return (s - V(Part::kMiddle)) * V(1 / Part::kHalfWidth);
    }
    constexpr V choose(V of_small, V of_lower, V of_upper, V of_large) const {
      const V middle = where(u < V(6.25), of_lower, of_upper);
      return where(u < V(1), of_small, where(u < V(25), middle, of_large));
    }
    V u, small, inverse, root, lower, upper;
  };
};

}  // namespace credence::pointwise
