// The Occam factor of normal priors, and its maximum by bisection.
#include "bayes/methods/laplace_evidence.hpp"

#include <cmath>

namespace credence::bayes {
namespace {

// Twice the derivative of the sum of log_occam_factor by log δ: γ(δ) − δ ‖w*‖².
double slope(std::span<const PriorGroup> groups, double precision) {
  double sum = 0;
  for (const PriorGroup& group : groups) {
    for (const double h : group.eigenvalues) sum += h / (h + precision);
    sum -= precision * group.squared_norm;
  }
  return sum;
}

}  // namespace

double log_occam_factor(const PriorGroup& group, double precision) {
  double sum = precision * group.squared_norm;
  for (const double h : group.eigenvalues) sum += std::log1p(h / precision);
  return -sum / 2;
}

double best_prior_precision(std::span<const PriorGroup> groups) {
  if (slope(groups, kLeastPriorPrecision) <= 0) return kLeastPriorPrecision;
  if (slope(groups, kMostPriorPrecision) >= 0) return kMostPriorPrecision;
  double low = std::log(kLeastPriorPrecision);
  double high = std::log(kMostPriorPrecision);
  for (double middle = (low + high) / 2; low < middle && middle < high; middle = (low + high) / 2) {
    (slope(groups, std::exp(middle)) > 0 ? low : high) = middle;
  }
  return std::exp((low + high) / 2);
}

}  // namespace credence::bayes
