// The interface of a prior distribution of weights, p(w).
#pragma once

#include "bayes/posterior/weight_posterior.hpp"

#include <optional>
#include <vector>

namespace credence::bayes {

/// The distribution p(w) of one weight tensor, from which the posterior's divergence is measured.
/// To add a prior, derive from this class, define kl_divergence() for the posteriors for which it
/// has a closed form, log_density() for the others, and write a setting that makes it (see Prior).
class WeightPrior {
 public:
  WeightPrior() = default;
  virtual ~WeightPrior() = default;
  WeightPrior(const WeightPrior&) = delete;
  WeightPrior& operator=(const WeightPrior&) = delete;

  /// Whether kl_divergence() is defined for this posterior.
  virtual bool has_closed_form(const WeightPosterior& /*posterior*/) const { return false; }
  /// KL(q ‖ p) = E[log q(w) − log p(w)] in nats, summed over all weights; a differentiable scalar.
  /// Called only where has_closed_form().
  virtual Variable kl_divergence(const WeightPosterior& posterior) const;
  /// Σ KL(q ‖ p) over several posteriors whose priors are of this object's class, or nothing where
  /// the class has no such form, as by default. It may have one where its objects have no settings.
  virtual std::optional<Variable> sum_of_divergences(
      const std::vector<const WeightPosterior*>& /*posteriors*/) const {
    return {};
  }
  /// log p(w), summed over all weights. Without a closed form KL is estimated without bias by
  /// E[log q] − log p(w) for a draw w. Throws ValueError by default: such a prior has no
  /// density.
  virtual Variable log_density(const Variable& weight) const;

  /// Whether the prior has a centre, which set_centre sets.
  virtual void set_centre(const Tensor& /*weight*/) {}
  /// Passes learned parameters, with the role nn::Role::spread, and buffers to the visitor.
  virtual void visit(nn::Visitor&) {}
};

}  // namespace credence::bayes
