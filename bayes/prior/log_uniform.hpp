// The log-uniform prior of variational dropout.
#pragma once

#include "bayes/prior/weight_prior.hpp"

namespace credence::bayes {

/// How the divergence from the log-uniform prior is computed.
enum class LogUniformForm : std::uint8_t {
  /// F(u) = ∫₀ᵘ D(√t) / √t dt with u = 1 / 2α and Dawson's function D: the divergence itself, with
  /// the derivative that Hron et al. 2018 state (arXiv 1807.01969, section 4).
  exact,
  /// ½ log(1 + 1/α) + k₁ (1 − sigmoid(k₂ + k₃ log α)) with k = 0.63576, 1.8732, 1.48695
  /// (Molchanov et al. 2017, arXiv 1701.05369, equation 14). Its error is below 0.011 nats.
  molchanov,
  /// C − ½ log α − c₁ α − c₂ α² − c₃ α³ with c = 1.16145124, −1.50204118, 0.58629921 for α ≤ 1, to
  /// which α is clamped (Kingma et al. 2015, arXiv 1506.02557, appendix C). C = ½ (γ + log 2) makes
  /// it equal to the exact form as α goes to 0. Its error is below 0.041 nats.
  kingma
};

/// p(|w|) ∝ 1 / |w| (Kingma et al. 2015). The density is improper: it has no integral, and KL is
/// defined up to a constant. The constant here makes KL 0 as α goes to infinity, and KL is never
/// negative in its exact form. For independent normal weights KL depends on α = σ² / μ² alone. For
/// other posteriors it is estimated from draws, with the density of that constant. Hron et al. show
/// that with this prior the true posterior is improper too: the objective remains one of
/// regularisation.
struct LogUniform {
  LogUniformForm form = LogUniformForm::molchanov;

  std::unique_ptr<WeightPrior> operator()(const WeightPosterior& posterior) const;
};

}  // namespace credence::bayes
