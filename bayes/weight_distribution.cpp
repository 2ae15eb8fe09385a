// The posterior and the prior of a weight tensor: KL in closed form, and E[log q] − log p(w).
#include "bayes/weight_distribution.hpp"

#include "framework/ops/arithmetic.hpp"

namespace credence::bayes {

WeightDistribution::WeightDistribution(const Posterior& posterior, const Prior& prior,
                                       const Variable& weight)
    : posterior_(posterior(weight)),
      prior_(prior ? prior(*posterior_) : posterior_->default_prior()(*posterior_)) {
  if (has_closed_form()) return;
  // Throws where there is no density, which training would meet at its first step.
  const NoGrad no_grad;
  prior_->log_density(posterior_->mean());
}

Variable WeightDistribution::kl_divergence(const Variable& draw) const {
  return posterior_->negative_entropy() - prior_->log_density(draw);
}

void WeightDistribution::visit(nn::Visitor& visitor) {
  posterior_->visit(visitor);
  prior_->visit(visitor);
}

}  // namespace credence::bayes
