// Nonparametric statistics of two samples.
#include "benchmarks/kernels/statistics.hpp"

#include "framework/base/error.hpp"

#include <algorithm>
#include <cmath>
#include <limits>
#include <numeric>

namespace credence::benchmarks {
namespace {

constexpr std::size_t kMostExact = 50;

// The distribution of U for samples of n and m values: entry u is the chance of U = u. All ways of
// mixing the samples are equally likely. Of ways with n and m values, those whose largest is a y
// have U = n more than those with m - 1 values; the others U as those with n - 1:
//   P(n, m, u) = m / (n + m) P(n, m - 1, u - n) + n / (n + m) P(n - 1, m, u)
std::vector<double> distribution_of_u(std::size_t n, std::size_t m) {
  // rows[j] is the distribution for i and j values, i growing.
  std::vector<std::vector<double>> rows(m + 1, {1.0});
  for (std::size_t i = 1; i <= n; ++i) {
    rows[0] = {1.0};
    for (std::size_t j = 1; j <= m; ++j) {
      std::vector<double> next(i * j + 1, 0.0);
      const auto all = static_cast<double>(i + j);
      for (std::size_t u = 0; u < rows[j - 1].size(); ++u) {
        next[u + i] += static_cast<double>(j) / all * rows[j - 1][u];
      }
      for (std::size_t u = 0; u < rows[j].size(); ++u) {
        next[u] += static_cast<double>(i) / all * rows[j][u];
      }
      rows[j] = std::move(next);
    }
  }
  return rows[m];
}

void require_values(const std::vector<double>& x, const std::vector<double>& y) {
  if (x.empty() || y.empty()) throw ValueError("[statistics] a sample has no values");
}

double pairs_below(const std::vector<double>& x, const std::vector<double>& y) {
  double u = 0;
  for (const double a : x) {
    for (const double b : y) u += a < b ? 1 : (a == b ? 0.5 : 0);
  }
  return u;
}

// Σ (t³ - t) over groups of t equal values; 0 without ties.
double tie_term(std::vector<double> all) {
  std::sort(all.begin(), all.end());
  double sum = 0;
  for (std::size_t begin = 0; begin < all.size();) {
    std::size_t end = begin;
    while (end < all.size() && all[end] == all[begin]) ++end;
    const auto t = static_cast<double>(end - begin);
    sum += t * t * t - t;
    begin = end;
  }
  return sum;
}

double upper_tail(double z) { return 0.5 * std::erfc(z / std::sqrt(2.0)); }

}  // namespace

double MannWhitney::two_sided() const { return std::min(1.0, 2 * std::min(greater, less)); }

MannWhitney mann_whitney(const std::vector<double>& x, const std::vector<double>& y) {
  require_values(x, y);
  MannWhitney result;
  result.u = pairs_below(x, y);
  std::vector<double> all = x;
  all.insert(all.end(), y.begin(), y.end());
  const double ties = tie_term(all);
  const auto n = static_cast<double>(x.size());
  const auto m = static_cast<double>(y.size());
  if (ties == 0 && std::max(x.size(), y.size()) <= kMostExact) {
    const std::vector<double> chances = distribution_of_u(x.size(), y.size());
    const auto u = static_cast<std::ptrdiff_t>(std::lround(result.u));
    result.greater = std::accumulate(chances.begin() + u, chances.end(), 0.0);
    result.less = std::accumulate(chances.begin(), chances.begin() + u + 1, 0.0);
    return result;
  }
  const double count = n + m;
  const double variance = n * m / 12 * (count + 1 - ties / (count * (count - 1)));
  if (variance <= 0) return result;  // all values are equal
  const double distance = result.u - n * m / 2;
  const double deviation = std::sqrt(variance);
  result.greater = upper_tail((distance - 0.5) / deviation);
  result.less = upper_tail((-distance - 0.5) / deviation);
  return result;
}

double least_p(std::size_t n, std::size_t m) {
  const auto log_factorial = [](std::size_t k) { return std::lgamma(static_cast<double>(k) + 1); };
  return std::min(1.0, 2 * std::exp(log_factorial(n) + log_factorial(m) - log_factorial(n + m)));
}

Interval95 ratio_interval(const std::vector<double>& x, const std::vector<double>& y) {
  require_values(x, y);
  constexpr double kTail = 0.025;
  std::vector<double> ratios;
  for (const double a : x) {
    for (const double b : y) ratios.push_back(b / a);
  }
  std::sort(ratios.begin(), ratios.end());
  // So many order statistics may be left out at each end.
  std::size_t left_out = 0;
  if (std::max(x.size(), y.size()) <= kMostExact) {
    const std::vector<double> chances = distribution_of_u(x.size(), y.size());
    for (double sum = chances[0]; sum <= kTail; sum += chances[left_out]) ++left_out;
  } else {
    constexpr double kQuantile = 1.959963984540054;
    const auto n = static_cast<double>(x.size());
    const auto m = static_cast<double>(y.size());
    left_out = static_cast<std::size_t>(
        std::floor(n * m / 2 - kQuantile * std::sqrt(n * m * (n + m + 1) / 12)));
  }
  if (left_out == 0) return {0, std::numeric_limits<double>::infinity()};
  return {ratios[left_out - 1], ratios[ratios.size() - left_out]};
}

std::vector<double> holm(const std::vector<double>& p) {
  std::vector<std::size_t> order(p.size());
  std::iota(order.begin(), order.end(), std::size_t{0});
  std::sort(order.begin(), order.end(), [&](std::size_t a, std::size_t b) { return p[a] < p[b]; });
  std::vector<double> adjusted(p.size());
  double largest = 0;
  for (std::size_t i = 0; i < order.size(); ++i) {
    largest = std::max(largest, static_cast<double>(p.size() - i) * p[order[i]]);
    adjusted[order[i]] = std::min(1.0, largest);
  }
  return adjusted;
}

double mean(const std::vector<double>& values) {
  if (values.empty()) throw ValueError("[statistics] there are no values");
  return std::accumulate(values.begin(), values.end(), 0.0) / static_cast<double>(values.size());
}

double geometric_mean(const std::vector<double>& values) {
  std::vector<double> logarithms;
  for (const double value : values) {
    if (!(value > 0)) throw ValueError("[statistics] a geometric mean needs positive values");
    logarithms.push_back(std::log(value));
  }
  return std::exp(mean(logarithms));
}

double relative_error_of_mean(const std::vector<double>& values) {
  if (values.size() < 2) return std::numeric_limits<double>::infinity();
  const auto n = static_cast<double>(values.size());
  const double centre = mean(values);
  double squares = 0;
  for (const double value : values) squares += (value - centre) * (value - centre);
  return std::sqrt(squares / (n - 1) / n) / centre;
}

}  // namespace credence::benchmarks
