// Variational dropout: σ² = α μ² and w = μ (1 + √α ε), or, by mean and variance, log α = log σ² −
// log(μ² + kMeanFloor).
#include "bayes/posterior/variational_dropout.hpp"

#include "bayes/posterior/log_variance_posterior.hpp"
#include "bayes/prior/ard.hpp"
#include "bayes/prior/log_uniform.hpp"
#include "framework/ops/arithmetic.hpp"
#include "framework/ops/pointwise.hpp"
#include "framework/ops/random_tensors.hpp"
#include "framework/ops/several_tensors.hpp"

#include <algorithm>
#include <cmath>
#include <utility>

namespace credence::bayes {
namespace {

class DropoutPosterior : public WeightPosterior {
 public:
  DropoutPosterior(const VariationalDropout& settings, const Variable& mean)
      : mean_(mean),
        bounds_{settings.lower_bound, settings.upper_bound},
        log_alpha_(spread_parameter("log alpha", mean, settings.log_alpha, bounds_)) {}

  Variable mean() const override { return mean_; }
  Variable variance() const override { return scaled_square(log_alpha(), mean_); }
  std::vector<Variable> variances(
      const std::vector<const WeightPosterior*>& posteriors) const override {
    std::vector<Variable> log_alphas;
    std::vector<Variable> means;
    for (const WeightPosterior* const posterior : posteriors) {
      log_alphas.push_back(posterior->log_alpha());
      means.push_back(posterior->mean());
    }
    return scaled_squares(log_alphas, means);
  }
  Variable log_variance() const override {
    return log_alpha() + log(affine(square(mean_), 1, kMeanFloor));
  }
  Variable log_alpha() const override { return bounds_.clamp(log_alpha_); }
  Variable sample(const RandomStream& stream) const override {
    const Variable noise(normal_tensor(mean_.value(), stream));
    return mean_ * affine(exp(affine(log_alpha(), 0.5, 0)) * noise, 1, 1);
  }
  Prior default_prior() const override { return Ard{}; }
  void set_relative_deviation(double ratio) override {
    log_alpha_.value().fill(std::clamp(2 * std::log(ratio), bounds_.lower, bounds_.upper));
  }
  void visit(nn::Visitor& visitor) override {
    visitor.parameter("weight", mean_);
    visitor.parameter("log_alpha", log_alpha_, nn::Role::spread);
  }

 private:
  Variable mean_;
  Bounds bounds_;  ///< of log α
  Variable log_alpha_;
};

class AdditiveDropoutPosterior : public LogVariancePosterior {
 public:
  AdditiveDropoutPosterior(const Variable& mean, Variable log_variance, const Bounds& bounds)
      : LogVariancePosterior(mean, std::move(log_variance)), log_alpha_bounds_(bounds) {}
  Variable log_alpha() const override {
    return log_alpha_bounds_.clamp(WeightPosterior::log_alpha());
  }
  Prior default_prior() const override { return LogUniform{}; }

 private:
  Bounds log_alpha_bounds_;
};

}  // namespace

std::unique_ptr<WeightPosterior> VariationalDropout::operator()(const Variable& mean) const {
  return std::make_unique<DropoutPosterior>(*this, mean);
}

std::unique_ptr<WeightPosterior> AdditiveDropout::operator()(const Variable& mean) const {
  const Bounds bounds{lower_bound, upper_bound};
  check_spread("log alpha", log_alpha, mean.dtype(), bounds);
  const NoGrad no_grad;
  const Tensor log_variance =
      affine(log(affine(square(mean), 1, kMeanFloor)), 1, log_alpha).value();
  return std::make_unique<AdditiveDropoutPosterior>(mean, Variable(log_variance, true), bounds);
}

}  // namespace credence::bayes
