// Selective prediction: the error that is left where a model declines its least confident
// predictions.
#pragma once

#include "framework/core/tensor.hpp"

#include <vector>

namespace credence::bayes::metrics {

/// The risk at each coverage. Entry k − 1 is for the k most confident of N predictions: the
/// coverage is k / N, the risk is their mean loss.
struct RiskCoverage {
  std::vector<double> coverage;
  std::vector<double> risk;
};

/// The risk–coverage curve (El-Yaniv and Wiener 2010; Geifman and El-Yaniv 2017, arXiv 1705.08500)
/// of confidences [N], of which larger ones are kept first, and of losses [N], such as
/// zero_one_loss; both float32 or float64, on the CPU. Where several confidences are equal, the
/// risk is the mean over all orders of them: each kept one adds the mean loss of the equal ones.
/// Hence the curve does not depend on the order of the rows. Throws ShapeError for other shapes,
/// types and devices and for N = 0, and ValueError that names the row for a NaN or an infinite
/// loss.
RiskCoverage risk_coverage_curve(const Tensor& confidences, const Tensor& losses);

/// The risk of the smallest set of predictions whose coverage is at least `coverage`, which must
/// be above 0 and at most 1 (ValueError).
double risk_at_coverage(const RiskCoverage& curve, double coverage);

/// AURC, the mean of the risks over the N coverages 1/N, 2/N, …, 1 (Geifman, Uziel and El-Yaniv
/// 2019, arXiv 1805.08206, section 3). Some programs take the trapezoids between these points.
double area_under_risk_coverage(const RiskCoverage& curve);

}  // namespace credence::bayes::metrics
