// Scores of predictions of numbers: errors, Gaussian likelihoods, intervals and CRPS.
#pragma once

#include "framework/core/tensor.hpp"

#include <cstdint>

namespace credence::bayes::metrics {

// Tensors are float32 or float64, on the CPU. Targets have any shape with at least one element,
// such as [N] or [N, D]; means over them are over all elements. Sums are in double precision, the
// same for any number of threads. All functions throw ShapeError for shapes that do not fit, other
// types and devices, and ValueError that names the first row or element that is NaN or infinite.
// Predictions are compared as they are: a model of scaled targets needs its predictions scaled
// back.

/// √(mean (prediction − target)²); both have one shape.
double root_mean_squared_error(const Tensor& predictions, const Tensor& targets);
/// mean |prediction − target|.
double mean_absolute_error(const Tensor& predictions, const Tensor& targets);

/// For each target the equally weighted mixture of S Gaussians, 1/S Σ_s N(mean_s, deviation_s²),
/// such as a Bayesian net's prediction from S posterior samples. Means and deviations are [S, …]
/// before the shape of the targets. Every function of a mixture throws ValueError where a deviation
/// is not positive.
struct GaussianMixture {
  Tensor means;
  Tensor deviations;
};
/// One Gaussian for each target, from means and deviations of the targets' shape: the mixture with
/// S = 1. It shares the elements.
GaussianMixture gaussian(const Tensor& means, const Tensor& deviations);

/// The mean of −log 1/S Σ_s N(target; mean_s, deviation_s²), in nats, by log-sum-exp.
double negative_log_likelihood(const GaussianMixture& mixture, const Tensor& targets);

/// An interval for each target, float64.
struct Intervals {
  Tensor lower;
  Tensor upper;
};
/// The central interval of probability `level`, between the quantiles (1 − level)/2 and
/// (1 + level)/2 of each mixture. They are found by bisection of its distribution function, 1/S Σ_s
/// Φ((x − mean_s)/deviation_s), from the smallest and the largest of its Gaussians' quantiles.
/// Throws ValueError unless 0 < level < 1.
Intervals central_intervals(const GaussianMixture& mixture, double level);
/// The share of targets inside their intervals, ends included. The ends may be infinite.
double interval_coverage(const Intervals& intervals, const Tensor& targets);
/// The mean of upper − lower.
double mean_interval_width(const Intervals& intervals);

/// The mean over targets of the continuous ranked probability score, ∫ (F(x) − [x ≥ target])² dx,
/// in the unit of the targets. For a mixture it is in closed form (Grimit et al. 2006, Quarterly
/// Journal of the Royal Meteorological Society 132, equation 5): with
/// A(m, v) = m (2Φ(m/√v) − 1) + 2√v φ(m/√v),
///   1/S Σ_s A(target − mean_s, deviation_s²)
///   − 1/(2S²) Σ_s Σ_t A(mean_s − mean_t, deviation_s² + deviation_t²).
/// For S = 1 this is σ (z (2Φ(z) − 1) + 2φ(z) − 1/√π) with z = (target − mean)/σ (Gneiting et al.
/// 2005). The time grows with S².
double continuous_ranked_probability_score(const GaussianMixture& mixture, const Tensor& targets);

/// Which CRPS is estimated from S samples x_s:
///  - empirical: 1/S Σ |x_s − target| − 1/(2S²) Σ_s Σ_t |x_s − x_t|, exactly that of the
///    distribution that has the samples as equally probable values;
///  - fair: with 1/(2S(S − 1)) in place of 1/(2S²), an unbiased estimate of the CRPS of the
///    distribution that the samples are from (Ferro 2014, QJRMS 140). It needs S ≥ 2 and may be
///    negative.
enum class CrpsEstimator : std::uint8_t { empirical, fair };

/// The mean over targets of the CRPS of samples [S, …] before the shape of the targets. Throws
/// ShapeError for fewer samples than the estimator needs.
double continuous_ranked_probability_score(const Tensor& samples, const Tensor& targets,
                                           CrpsEstimator estimator);

}  // namespace credence::bayes::metrics
