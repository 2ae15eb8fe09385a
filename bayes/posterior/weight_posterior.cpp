// What posteriors of independent normal weights share: log α = log σ² − log(μ² + ε) and the
// entropy ½ Σ (log σ² + log 2πe).
#include "bayes/posterior/weight_posterior.hpp"

#include "framework/base/error.hpp"
#include "framework/ops/arithmetic.hpp"
#include "framework/ops/pointwise.hpp"
#include "framework/ops/reduce.hpp"

#include <cmath>
#include <numbers>

namespace credence::bayes {

std::vector<Variable> WeightPosterior::variances(
    const std::vector<const WeightPosterior*>& posteriors) const {
  std::vector<Variable> variances;
  for (const WeightPosterior* const posterior : posteriors) {
    variances.push_back(posterior->variance());
  }
  return variances;
}

Variable WeightPosterior::log_variance() const { return log(variance()); }

Variable WeightPosterior::log_alpha() const {
  return log_variance() - log(affine(square(mean()), 1, kMeanFloor));
}

Variable WeightPosterior::negative_entropy() const {
  const Variable log_variances = log_variance();
  const double constant = 0.5 * std::log(2 * std::numbers::pi * std::numbers::e);
  return affine(sum(log_variances), -0.5,
                -constant * static_cast<double>(log_variances.value().numel()));
}

void WeightPosterior::prune(const Tensor& kept) {
  const NoGrad no_grad;
  const Variable mask(kept);
  mean().value().copy_from((mean() * mask).value());
  if (sum((affine(mask, -1, 1) * variance())).value().item() != 0) {
    throw Error(
        "[posterior] pruned weights of this posterior keep a variance; its class has to override "
        "prune()");
  }
}

}  // namespace credence::bayes
