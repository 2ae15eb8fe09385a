#include "bayes/posterior.hpp"

#include "framework/core/error.hpp"
#include "framework/ops/arithmetic.hpp"
#include "framework/ops/pointwise.hpp"
#include "framework/ops/reduce.hpp"

#include <cmath>
#include <string>
#include <utility>

namespace credence::bayes {
namespace {

double initial_spread(const Posterior& posterior) {
  const auto* dropout = std::get_if<VariationalDropout>(&posterior);
  return dropout ? dropout->log_alpha : std::get<Gaussian>(posterior).log_variance;
}

void check(const Posterior& posterior) {
  if (!std::isfinite(initial_spread(posterior))) {
    throw ValueError("[posterior] the initial spread must be finite");
  }
  const auto* dropout = std::get_if<VariationalDropout>(&posterior);
  if (dropout &&
      !(dropout->lower_bound <= dropout->log_alpha && dropout->log_alpha <= dropout->upper_bound)) {
    throw ValueError("[posterior] the initial log alpha " + std::to_string(dropout->log_alpha) +
                     " is not between its bounds " + std::to_string(dropout->lower_bound) +
                     " and " + std::to_string(dropout->upper_bound));
  }
  const auto* gaussian = std::get_if<Gaussian>(&posterior);
  if (gaussian && !(gaussian->prior_deviation > 0 && std::isfinite(gaussian->prior_deviation))) {
    throw ValueError("[posterior] the prior's deviation must be positive and finite, not " +
                     std::to_string(gaussian->prior_deviation));
  }
}

}  // namespace

WeightDistribution::WeightDistribution(const Posterior& posterior, Variable weight)
    : posterior_(posterior), weight_(std::move(weight)) {
  check(posterior);
  spread_ =
      Variable(Tensor::full(weight_.shape(), initial_spread(posterior), weight_.dtype()), true);
}

Variable WeightDistribution::log_alpha() const {
  const auto& dropout = std::get<VariationalDropout>(posterior_);
  const bool bounded = std::isfinite(dropout.lower_bound) || std::isfinite(dropout.upper_bound);
  return bounded ? clamp(spread_, dropout.lower_bound, dropout.upper_bound) : spread_;
}

Variable WeightDistribution::variance() const {
  if (std::holds_alternative<VariationalDropout>(posterior_)) {
    return scaled_square(log_alpha(), weight_);
  }
  return exp(spread_);
}

Variable WeightDistribution::kl_divergence() const {
  if (std::holds_alternative<VariationalDropout>(posterior_)) {
    // log(1 + 1/α) = −log sigmoid(log α), which neither overflows nor cancels.
    return -0.5 * sum(log_sigmoid(log_alpha()));
  }
  const double prior_variance = std::pow(std::get<Gaussian>(posterior_).prior_deviation, 2);
  const auto count = static_cast<double>(weight_.value().numel());
  const Variable moments = sum(square(weight_) + exp(spread_)) * (1 / prior_variance);
  return 0.5 * (moments - sum(spread_) + count * (std::log(prior_variance) - 1));
}

void WeightDistribution::visit(nn::Visitor& visitor) {
  visitor.parameter("weight", weight_);
  visitor.parameter(
      std::holds_alternative<VariationalDropout>(posterior_) ? "log_alpha" : "log_variance",
      spread_);
}

}  // namespace credence::bayes
