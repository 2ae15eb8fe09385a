// Newton's method on the slope of the negative log-likelihood in 1 / temperature.
#include "bayes/metrics/temperature.hpp"

#include "bayes/metrics/input.hpp"
#include "framework/base/error.hpp"

#include <algorithm>
#include <cmath>
#include <limits>

namespace credence::bayes::metrics {
namespace {

constexpr const char* kFit = "fit_temperature";

// The mean negative log-likelihood at an inverse temperature β, and its derivatives by β.
struct Likelihood {
  double value = 0;
  double slope = 0;
  double curvature = 0;
};

// The same for one row of logits, each taken relative to the largest. A class with the logit −∞ has
// the probability 0 and adds nothing.
Likelihood row_likelihood(const std::vector<double>& row, std::int64_t label, double beta) {
  const double highest = *std::max_element(row.begin(), row.end());
  double sum = 0;
  double first = 0;
  double second = 0;
  for (const double value : row) {
    const double z = value - highest;
    if (std::isinf(z)) continue;
    const double weight = std::exp(beta * z);
    sum += weight;
    first += weight * z;
    second += weight * z * z;
  }
  const double mean = first / sum;
  const double own = row[static_cast<std::size_t>(label)] - highest;
  return {.value = std::log(sum) - beta * own,
          .slope = mean - own,
          .curvature = std::max(0.0, second / sum - mean * mean)};
}

class MeanLikelihood {
 public:
  MeanLikelihood(const Tensor& logits, const Tensor& labels)
      : logits_(logits), label_(labels.data<std::int64_t>()) {}

  Likelihood operator()(double beta) const {
    std::vector<double> slopes(static_cast<std::size_t>(logits_.shape()[0]));
    std::vector<double> curvatures = slopes;
    const std::vector<double> values =
        values_of_rows(logits_, [&](std::int64_t n, const std::vector<double>& row) {
          const Likelihood one = row_likelihood(row, label_[n], beta);
          slopes[static_cast<std::size_t>(n)] = one.slope;
          curvatures[static_cast<std::size_t>(n)] = one.curvature;
          return one.value;
        });
    return {mean_of(values), mean_of(slopes), mean_of(curvatures)};
  }

 private:
  Tensor logits_;
  const std::int64_t* label_;
};

void require_fittable(const Tensor& logits, const Tensor& labels) {
  require_logits(kFit, logits);
  require_elements(kFit, "logits", logits);
  const std::int64_t classes = logits.shape()[1];
  if (classes < 2) {
    throw ShapeError("[fit_temperature] needs at least two classes, not logits " +
                     logits.shape().to_string());
  }
  require_labels(kFit, labels, logits.shape()[0], classes);
  const Values values(logits);
  bool all_highest = true;
  for (std::int64_t n = 0; n < labels.numel(); ++n) {
    const double own = values[n * classes + labels.data<std::int64_t>()[n]];
    if (std::isinf(own)) {
      throw ValueError("[fit_temperature] the logit of the label of row " + std::to_string(n) +
                       " is -inf, so that its likelihood is 0 at every temperature");
    }
    for (std::int64_t c = 0; c < classes; ++c) {
      all_highest = all_highest && values[n * classes + c] <= own;
    }
  }
  if (all_highest) {
    throw ValueError(
        "[fit_temperature] every label has the largest logit of its row, so that no temperature is "
        "the best one: give more validation data, with mistakes among the predictions");
  }
}

// The root of the slope, by Newton steps between `low`, with a negative slope, and `high`.
double root_of_slope(const MeanLikelihood& likelihood, double low, double high) {
  constexpr int kMaxSteps = 200;
  double beta = low + (high - low) / 2;
  for (int step = 0; step < kMaxSteps; ++step) {
    const Likelihood here = likelihood(beta);
    if (here.slope == 0) return beta;
    (here.slope < 0 ? low : high) = beta;
    double next = beta - here.slope / here.curvature;
    // False for NaN too.
    if (!(next > low && next < high)) next = low + (high - low) / 2;
    if (std::abs(next - beta) <= 1e-14 * beta) return next;
    beta = next;
  }
  return beta;
}

}  // namespace

Temperature fit_temperature(const Tensor& logits, const Tensor& labels) {
  require_fittable(logits, labels);
  const MeanLikelihood likelihood(logits, labels);
  if (likelihood(0).slope >= 0) {
    throw ValueError(
        "[fit_temperature] the labels' logits are on average at most the mean logit of their rows, "
        "so that no finite temperature is the best one: the predictions are not better than "
        "chance");
  }
  double low = 1;
  double high = 1;
  while (likelihood(low).slope >= 0) low /= 2;
  while (likelihood(high).slope < 0) high *= 2;
  const double beta = root_of_slope(likelihood, low, high);
  const double before = likelihood(1).value;
  const double after = likelihood(beta).value;
  return {.value = 1 / beta,
          .nll_before = before,
          .nll = after,
          .likelihood_ratio = 2 * static_cast<double>(labels.numel()) * (before - after)};
}

Tensor scaled_log_probabilities(const Tensor& logits, double temperature) {
  require_logits("scaled_log_probabilities", logits);
  if (!(temperature > 0 && std::isfinite(temperature))) {
    throw ValueError(
        "[scaled_log_probabilities] the temperature must be positive and finite, not " +
        std::to_string(temperature));
  }
  const Shape& shape = logits.shape();
  std::vector<double> results(static_cast<std::size_t>(logits.numel()));
  values_of_rows(logits, [&](std::int64_t n, const std::vector<double>& row) {
    const double highest = *std::max_element(row.begin(), row.end());
    std::vector<double> scaled;
    for (const double value : row) scaled.push_back((value - highest) / temperature);
    const double norm = log_sum_exp(scaled);
    for (std::size_t c = 0; c < row.size(); ++c) {
      results[static_cast<std::size_t>(n * shape[1]) + c] = scaled[c] - norm;
    }
    return norm;
  });
  return Tensor::from<double>(shape, results).to(logits.dtype());
}

}  // namespace credence::bayes::metrics
