// The risk–coverage curve, with the expectation over the orders of equal confidences.
#include "bayes/metrics/selective.hpp"

#include "bayes/metrics/input.hpp"
#include "framework/base/error.hpp"

#include <algorithm>
#include <string>
#include <utility>

namespace credence::bayes::metrics {
namespace {

void require_curve(const char* metric, const RiskCoverage& curve) {
  if (!curve.risk.empty() && curve.risk.size() == curve.coverage.size()) return;
  throw ValueError("[" + std::string(metric) +
                   "] the curve must have points, as many risks as coverages");
}

}  // namespace

RiskCoverage risk_coverage_curve(const Tensor& confidences, const Tensor& losses) {
  const char* const metric = "risk_coverage_curve";
  require_scores(metric, "confidences", confidences);
  require_elements(metric, "confidences", confidences);
  require_same_shape(metric, "losses", losses.shape(), "confidences", confidences.shape());
  require_finite(metric, "losses", losses);
  const Values confidence(confidences);
  const Values loss(losses);
  std::vector<std::pair<double, double>> rows;
  for (std::int64_t n = 0; n < losses.numel(); ++n) rows.emplace_back(confidence[n], loss[n]);
  // The losses are part of the order, so that sums do not depend on the order of the rows.
  std::sort(rows.begin(), rows.end(), [](const auto& a, const auto& b) {
    return a.first != b.first ? a.first > b.first : a.second < b.second;
  });
  RiskCoverage curve;
  double total = 0;
  for (std::size_t first = 0; first < rows.size();) {
    std::size_t end = first;
    double sum = 0;
    for (; end < rows.size() && rows[end].first == rows[first].first; ++end) {
      sum += rows[end].second;
    }
    const double share = sum / static_cast<double>(end - first);
    for (std::size_t kept = first + 1; kept <= end; ++kept) {
      const double among = static_cast<double>(kept - first) * share;
      curve.coverage.push_back(static_cast<double>(kept) / static_cast<double>(rows.size()));
      curve.risk.push_back((total + among) / static_cast<double>(kept));
    }
    total += sum;
    first = end;
  }
  return curve;
}

double risk_at_coverage(const RiskCoverage& curve, double coverage) {
  require_curve("risk_at_coverage", curve);
  if (!(coverage > 0 && coverage <= 1)) {
    throw ValueError("[risk_at_coverage] the coverage must be above 0 and at most 1, not " +
                     std::to_string(coverage));
  }
  const auto rows = static_cast<std::int64_t>(curve.risk.size());
  return curve.risk[static_cast<std::size_t>(smallest_count(rows, coverage) - 1)];
}

double area_under_risk_coverage(const RiskCoverage& curve) {
  require_curve("area_under_risk_coverage", curve);
  return mean_of(curve.risk);
}

}  // namespace credence::bayes::metrics
