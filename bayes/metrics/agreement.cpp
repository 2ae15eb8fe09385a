// Distances of predictions, each a mean of one number per row.
#include "bayes/metrics/agreement.hpp"

#include "bayes/metrics/input.hpp"
#include "framework/base/error.hpp"

#include <cmath>
#include <utility>

namespace credence::bayes::metrics {
namespace {

// The mean over rows of function(p, q).
double mean_over_rows(
    const char* metric, const Tensor& log_p, const Tensor& log_q,
    FunctionRef<double(const std::vector<double>& p, const std::vector<double>& q)> function) {
  require_log_probabilities(metric, log_p, 2);
  require_log_probabilities(metric, log_q, 2);
  require_same_shape(metric, "the first log-probabilities", log_p.shape(), "the second",
                     log_q.shape());
  require_elements(metric, "log-probabilities", log_p);
  const Values others(log_q);
  return mean_of(values_of_rows(log_p, [&](std::int64_t row, const std::vector<double>& p) {
    const auto classes = static_cast<std::int64_t>(p.size());
    std::vector<double> q;
    for (std::int64_t c = 0; c < classes; ++c) q.push_back(others[row * classes + c]);
    return function(p, q);
  }));
}

void require_normals(const char* metric, const Normals& normals) {
  require_same_shape(metric, "means", normals.means.shape(), "deviations",
                     normals.deviations.shape());
  require_finite(metric, "means", normals.means);
  require_finite(metric, "deviations", normals.deviations);
  const Values deviations(normals.deviations);
  for (std::int64_t i = 0; i < normals.deviations.numel(); ++i) {
    if (deviations[i] < 0) {
      throw ValueError("[" + std::string(metric) + "] deviations must not be negative: element " +
                       std::to_string(i) + " is " + std::to_string(deviations[i]));
    }
  }
}

}  // namespace

double agreement(const Tensor& log_p, const Tensor& log_q) {
  return mean_over_rows("agreement", log_p, log_q, [](const auto& p, const auto& q) {
    return predicted(p) == predicted(q) ? 1.0 : 0.0;
  });
}

double total_variation(const Tensor& log_p, const Tensor& log_q) {
  return mean_over_rows("total_variation", log_p, log_q, [](const auto& p, const auto& q) {
    double sum = 0;
    for (std::size_t c = 0; c < p.size(); ++c)
      sum += std::abs(probability(p[c]) - probability(q[c]));
    return sum / 2;
  });
}

double wasserstein_distance(const Normals& p, const Normals& q) {
  constexpr const char* kMetric = "wasserstein_distance";
  require_normals(kMetric, p);
  require_normals(kMetric, q);
  require_same_shape(kMetric, "the first means", p.means.shape(), "the second", q.means.shape());
  require_elements(kMetric, "means", p.means);
  const Values means_p(p.means);
  const Values means_q(q.means);
  const Values deviations_p(p.deviations);
  const Values deviations_q(q.deviations);
  std::vector<double> distances;
  for (std::int64_t i = 0; i < p.means.numel(); ++i) {
    distances.push_back(std::hypot(means_p[i] - means_q[i], deviations_p[i] - deviations_q[i]));
  }
  return mean_of(distances);
}

}  // namespace credence::bayes::metrics
