// The marginal likelihood of the Laplace approximation, and the prior precision at its maximum.
#pragma once

#include <span>
#include <vector>

namespace credence::bayes {

/// Weights with a common prior N(0, 1/δ): the eigenvalues h of their curvature, and ‖w*‖².
struct PriorGroup {
  std::vector<double> eigenvalues;
  double squared_norm = 0;
};

/// log of prior density times the posterior's volume, −½ (Σ_i log(1 + h_i / δ) + δ ‖w*‖²), so that
/// log p(D) ≈ log p(D | w*) + the sum over groups (MacKay 1992, Neural Computation 4(3); Daxberger
/// et al. 2021, equation 6). In nats.
double log_occam_factor(const PriorGroup& group, double precision);

/// The smallest and the largest prior precision that best_prior_precision gives.
inline constexpr double kLeastPriorPrecision = 1e-8;
inline constexpr double kMostPriorPrecision = 1e8;

/// The δ with the largest sum of log_occam_factor over the groups. There γ(δ) = δ ‖w*‖², with the
/// effective number of parameters γ = Σ_i h_i / (h_i + δ) (MacKay 1992, section 4.4). As γ falls
/// with δ and the right side rises, there is one such δ; the interval of log δ is halved until it
/// has no double inside. Gives the end of the interval above where the maximum lies outside.
double best_prior_precision(std::span<const PriorGroup> groups);

}  // namespace credence::bayes
