// The posterior and the prior of one weight tensor, and the divergence between them.
#pragma once

#include "bayes/posterior/weight_posterior.hpp"
#include "bayes/prior/weight_prior.hpp"

#include <memory>

namespace credence::bayes {

/// A random weight tensor: its posterior q and its prior p.
class WeightDistribution {
 public:
  /// `weight` becomes the posterior's mean. Without a prior the posterior's default is taken.
  /// Throws ValueError as the settings do, and for a prior that has neither a closed form for the
  /// posterior nor a density.
  WeightDistribution(const Posterior& posterior, const Prior& prior, const Variable& weight);
  WeightDistribution(const Posterior& posterior, const Variable& weight)
      : WeightDistribution(posterior, {}, weight) {}

  const WeightPosterior& posterior() const { return *posterior_; }
  const WeightPrior& prior() const { return *prior_; }
  Variable mean() const { return posterior_->mean(); }
  /// σ² of each weight, in the shape of the mean; differentiable with respect to the parameters.
  Variable variance() const { return posterior_->variance(); }

  /// Whether KL(q ‖ p) is a closed form; else it is estimated from a draw.
  bool has_closed_form() const { return prior_->has_closed_form(*posterior_); }
  /// KL(q ‖ p) in nats, summed over all weights; a differentiable scalar. Throws Error where it has
  /// no closed form.
  Variable kl_divergence() const { return prior_->kl_divergence(*posterior_); }
  /// E[log q] − log p(w): an unbiased estimate of KL(q ‖ p) from a draw w of the posterior.
  Variable kl_divergence(const Variable& draw) const;

  /// As BayesianLayer's functions of these names.
  void centre_prior() { prior_->set_centre(posterior_->mean().value()); }
  void set_relative_deviation(double ratio) { posterior_->set_relative_deviation(ratio); }
  /// As WeightPosterior's function of this name.
  void prune(const Tensor& kept) { posterior_->prune(kept); }
  /// Passes the parameters and buffers of posterior and prior to the visitor.
  void visit(nn::Visitor& visitor);

 private:
  std::unique_ptr<WeightPosterior> posterior_;
  std::unique_ptr<WeightPrior> prior_;
};

}  // namespace credence::bayes
