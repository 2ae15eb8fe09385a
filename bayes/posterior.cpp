// Variance and KL divergence of the posteriors: σ² = α μ² and KL = ½ Σ log(1 + 1/α) for variational
// dropout; σ² = e^(log σ²) and KL = Σ ½ (r − 1 − log r) + ½ (μ / s)² with r = σ² / s² for the
// Gaussian one. posterior.hpp has the sources.
#include "bayes/posterior.hpp"

#include "framework/base/error.hpp"
#include "framework/ops/arithmetic.hpp"
#include "framework/ops/pointwise.hpp"
#include "framework/ops/reduce.hpp"

#include <cmath>
#include <string>
#include <utility>

#include <fmt/core.h>

namespace credence::bayes {
namespace {

double initial_spread(const Posterior& posterior) {
  const auto* dropout = std::get_if<VariationalDropout>(&posterior);
  return dropout ? dropout->log_alpha : std::get<Gaussian>(posterior).log_variance;
}

// Whether a number is finite in the weights' type.
bool fits(double value, DType dtype) {
  return std::isfinite(dtype == DType::float32 ? static_cast<float>(value) : value);
}

void check(const Posterior& posterior, DType dtype) {
  if (!fits(initial_spread(posterior), dtype)) {
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
  if (gaussian && !fits(1 / gaussian->prior_deviation, dtype)) {
    throw ValueError(fmt::format("[posterior] the prior's deviation {} is too small for {} weights",
                                 gaussian->prior_deviation, to_string(dtype)));
  }
}

}  // namespace

WeightDistribution::WeightDistribution(const Posterior& posterior, Variable weight)
    : posterior_(posterior), weight_(std::move(weight)) {
  check(posterior, weight_.dtype());
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
    // log(1 + 1/α) = −log sigmoid(log α). This form neither overflows nor cancels.
    return -0.5 * sum(log_sigmoid(log_alpha()));
  }
  const double deviation = std::get<Gaussian>(posterior_).prior_deviation;
  // The weight is scaled before it is squared, because 1 / s² may overflow.
  const Variable scaled = deviation == 1 ? weight_ : weight_ * (1 / deviation);
  return sum(normal_divergence(spread_, 2 * std::log(deviation))) + 0.5 * sum(square(scaled));
}

void WeightDistribution::visit(nn::Visitor& visitor) {
  visitor.parameter("weight", weight_);
  visitor.parameter(
      std::holds_alternative<VariationalDropout>(posterior_) ? "log_alpha" : "log_variance",
      spread_, nn::Role::spread);
}

}  // namespace credence::bayes
