// Scores of predicted numbers: each is a mean of one number per target.
#include "bayes/metrics/regression.hpp"

#include "bayes/metrics/input.hpp"
#include "bayes/metrics/mixture.hpp"
#include "bayes/metrics/standard_normal.hpp"
#include "framework/base/error.hpp"

#include <algorithm>
#include <cmath>
#include <limits>
#include <numbers>

namespace credence::bayes::metrics {
namespace {

constexpr std::int64_t kTargetsPerRange = 64;

void require_pair(const char* metric, const Tensor& predictions, const Tensor& targets) {
  require_same_shape(metric, "predictions", predictions.shape(), "targets", targets.shape());
  require_finite(metric, "predictions", predictions);
  require_finite(metric, "targets", targets);
  require_elements(metric, "targets", targets);
}

// The quantile of probability `tail` ≤ 1/2 of target i's mixture for sign 1, and that of 1 − tail
// for sign −1, which is minus the lower quantile of the mixture with all means negated.
double quantile(const Mixture& mixture, std::int64_t i, double tail, double z, double sign) {
  double low = std::numeric_limits<double>::infinity();
  double high = -low;
  for (std::int64_t s = 0; s < mixture.samples(); ++s) {
    const double own = sign * mixture.mean(s, i) + z * mixture.deviation(s, i);
    low = std::min(low, own);
    high = std::max(high, own);
  }
  return sign * bisect(low, high, [&](double x) {
           double sum = 0;
           for (std::int64_t s = 0; s < mixture.samples(); ++s) {
             sum += distribution((x - sign * mixture.mean(s, i)) / mixture.deviation(s, i));
           }
           return sum / static_cast<double>(mixture.samples()) < tail;
         });
}

// E|X| for X ~ N(mean, deviation²).
double expected_magnitude(double mean, double deviation) {
  const double z = mean / deviation;
  return mean * std::erf(z / std::numbers::sqrt2) + 2 * deviation * density(z);
}

double mixture_crps(const Mixture& mixture, std::int64_t i, double target) {
  double distance = 0;
  double spread = 0;
  for (std::int64_t s = 0; s < mixture.samples(); ++s) {
    const double mean = mixture.mean(s, i);
    const double deviation = mixture.deviation(s, i);
    distance += expected_magnitude(target - mean, deviation);
    spread += expected_magnitude(0, std::numbers::sqrt2 * deviation) / 2;
    for (std::int64_t t = 0; t < s; ++t) {
      spread += expected_magnitude(mean - mixture.mean(t, i),
                                   std::hypot(deviation, mixture.deviation(t, i)));
    }
  }
  const auto samples = static_cast<double>(mixture.samples());
  return distance / samples - spread / (samples * samples);
}

// Σ_{s < t} |x_s − x_t| of sorted x is Σ_s (2s + 1 − S) x_s, counted from 0.
double sample_crps(std::vector<double> differences, CrpsEstimator estimator) {
  std::sort(differences.begin(), differences.end());
  const auto samples = static_cast<double>(differences.size());
  double distance = 0;
  double spread = 0;
  for (std::size_t s = 0; s < differences.size(); ++s) {
    distance += std::abs(differences[s]);
    spread += (2 * static_cast<double>(s) + 1 - samples) * differences[s];
  }
  const double pairs = samples * (estimator == CrpsEstimator::fair ? samples - 1 : samples);
  return distance / samples - spread / pairs;
}

}  // namespace

double root_mean_squared_error(const Tensor& predictions, const Tensor& targets) {
  require_pair("root_mean_squared_error", predictions, targets);
  const Values prediction(predictions);
  const Values target(targets);
  return std::sqrt(mean_of(values_of(targets.numel(), kTargetsPerRange, [&](std::int64_t i) {
    const double difference = prediction[i] - target[i];
    return difference * difference;
  })));
}

double mean_absolute_error(const Tensor& predictions, const Tensor& targets) {
  require_pair("mean_absolute_error", predictions, targets);
  const Values prediction(predictions);
  const Values target(targets);
  return mean_of(values_of(targets.numel(), kTargetsPerRange,
                           [&](std::int64_t i) { return std::abs(prediction[i] - target[i]); }));
}

GaussianMixture gaussian(const Tensor& means, const Tensor& deviations) {
  const auto with_one_sample = [](const Tensor& x) {
    std::vector<std::int64_t> extents{1};
    extents.insert(extents.end(), x.shape().begin(), x.shape().end());
    return x.reshape(Shape(extents));
  };
  return {.means = with_one_sample(means), .deviations = with_one_sample(deviations)};
}

double negative_log_likelihood(const GaussianMixture& mixture, const Tensor& targets) {
  const Mixture parts("negative_log_likelihood", mixture, targets);
  const Values target(targets);
  const double log_constant = std::log(2 * std::numbers::pi) / 2;
  return mean_of(values_of(parts.targets(), kTargetsPerRange, [&](std::int64_t i) {
    std::vector<double> logs;
    for (std::int64_t s = 0; s < parts.samples(); ++s) {
      const double z = (target[i] - parts.mean(s, i)) / parts.deviation(s, i);
      logs.push_back(-z * z / 2 - std::log(parts.deviation(s, i)) - log_constant);
    }
    return std::log(static_cast<double>(parts.samples())) - log_sum_exp(logs);
  }));
}

Intervals central_intervals(const GaussianMixture& mixture, double level) {
  const char* const metric = "central_intervals";
  require_level(metric, level);
  const Mixture parts(metric, mixture);
  const double tail = (1 - level) / 2;
  const double z = lower_normal_quantile(tail);
  const auto ends = [&](double sign) {
    return Tensor::from<double>(parts.shape(),
                                values_of(parts.targets(), kTargetsPerRange, [&](std::int64_t i) {
                                  return quantile(parts, i, tail, z, sign);
                                }));
  };
  return {.lower = ends(1), .upper = ends(-1)};
}

double interval_coverage(const Intervals& intervals, const Tensor& targets) {
  const char* const metric = "interval_coverage";
  for (const Tensor& end : {intervals.lower, intervals.upper}) {
    require_floating(metric, "intervals", end);
    require_same_shape(metric, "intervals", end.shape(), "targets", targets.shape());
  }
  require_finite(metric, "targets", targets);
  require_elements(metric, "targets", targets);
  const Values lower(intervals.lower);
  const Values upper(intervals.upper);
  const Values target(targets);
  return mean_of(values_of(targets.numel(), kTargetsPerRange, [&](std::int64_t i) {
    return lower[i] <= target[i] && target[i] <= upper[i] ? 1.0 : 0.0;
  }));
}

double mean_interval_width(const Intervals& intervals) {
  const char* const metric = "mean_interval_width";
  require_floating(metric, "lower ends", intervals.lower);
  require_floating(metric, "upper ends", intervals.upper);
  require_same_shape(metric, "lower ends", intervals.lower.shape(), "upper ends",
                     intervals.upper.shape());
  require_elements(metric, "intervals", intervals.lower);
  const Values lower(intervals.lower);
  const Values upper(intervals.upper);
  return mean_of(values_of(intervals.lower.numel(), kTargetsPerRange,
                           [&](std::int64_t i) { return upper[i] - lower[i]; }));
}

double continuous_ranked_probability_score(const GaussianMixture& mixture, const Tensor& targets) {
  const Mixture parts("continuous_ranked_probability_score", mixture, targets);
  const Values target(targets);
  return mean_of(values_of(parts.targets(), kTargetsPerRange,
                           [&](std::int64_t i) { return mixture_crps(parts, i, target[i]); }));
}

double continuous_ranked_probability_score(const Tensor& samples, const Tensor& targets,
                                           CrpsEstimator estimator) {
  const char* const metric = "continuous_ranked_probability_score";
  const Shape each = shape_of_each(metric, "samples", samples);
  require_same_shape(metric, "a sample", each, "targets", targets.shape());
  require_finite(metric, "samples", samples);
  require_finite(metric, "targets", targets);
  require_elements(metric, "targets", targets);
  const std::int64_t count = samples.shape()[0];
  if (estimator == CrpsEstimator::fair && count < 2) {
    throw ShapeError(
        "[continuous_ranked_probability_score] the fair estimator needs at least two " +
        std::string("samples"));
  }
  const Values sample(samples);
  const Values target(targets);
  const std::int64_t elements = targets.numel();
  return mean_of(values_of(elements, kTargetsPerRange, [&](std::int64_t i) {
    // Differences from the target, which a large common offset does not make inexact.
    std::vector<double> differences;
    for (std::int64_t s = 0; s < count; ++s) {
      differences.push_back(sample[s * elements + i] - target[i]);
    }
    return sample_crps(std::move(differences), estimator);
  }));
}

}  // namespace credence::bayes::metrics
