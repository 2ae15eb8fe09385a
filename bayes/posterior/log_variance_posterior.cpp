// Independent normal weights by mean and log variance: σ² = exp(log σ²), w = μ + σ ε.
#include "bayes/posterior/log_variance_posterior.hpp"

#include "framework/ops/arithmetic.hpp"
#include "framework/ops/pointwise.hpp"
#include "framework/ops/random_tensors.hpp"

#include <utility>

namespace credence::bayes {

LogVariancePosterior::LogVariancePosterior(Variable mean, Variable log_variance,
                                           const Bounds& bounds)
    : mean_(std::move(mean)), log_variance_(std::move(log_variance)), bounds_(bounds) {}

Variable LogVariancePosterior::variance() const { return exp(log_variance()); }

// The half before the exponential keeps deviations whose square would underflow.
Variable LogVariancePosterior::scale() const { return exp(affine(log_scale(), 0.5, 0)); }

Variable LogVariancePosterior::sample(const RandomStream& stream) const {
  return mean_ + scale() * Variable(normal_tensor(mean_.value(), stream));
}

void LogVariancePosterior::set_relative_deviation(double ratio) {
  const NoGrad no_grad;
  const Tensor wanted = relative_log_variance(mean_, ratio);
  log_variance_.value().copy_from(bounds_.clamp(Variable(wanted)).value());
}

void LogVariancePosterior::prune(const Tensor& kept) {
  {
    const NoGrad no_grad;
    const Variable pruned = log_variance_ * Variable(kept) +
                            affine(Variable(kept), -kPrunedLogVariance, kPrunedLogVariance);
    log_variance_.value().copy_from(pruned.value());
  }
  WeightPosterior::prune(kept);
}

void LogVariancePosterior::visit(nn::Visitor& visitor) {
  visitor.parameter("weight", mean_);
  visitor.parameter("log_variance", log_variance_, nn::Role::spread);
}

}  // namespace credence::bayes
