// The posterior and the prior of a weight tensor: KL in closed form, and E[log q] − log p(w).
#include "bayes/weight_distribution.hpp"

#include "framework/ops/arithmetic.hpp"

namespace credence::bayes {

WeightDistribution::WeightDistribution(const Posterior& posterior, const Prior& prior,
                                       const Variable& weight)
    : posterior_(posterior(weight)),
      prior_(prior ? prior(*posterior_) : posterior_->default_prior()(*posterior_)) {}

Variable WeightDistribution::kl_divergence(const Variable& draw) const {
  return posterior_->negative_entropy() - prior_->log_density(draw);
}

void WeightDistribution::centre_prior(double ratio) {
  prior_->set_centre(posterior_->mean().value());
  posterior_->set_relative_deviation(ratio);
}

void WeightDistribution::visit(nn::Visitor& visitor) {
  posterior_->visit(visitor);
  prior_->visit(visitor);
}

}  // namespace credence::bayes
