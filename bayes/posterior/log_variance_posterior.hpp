// What the posteriors share that have a parameter log σ² for each weight.
#pragma once

#include "bayes/posterior/spread.hpp"
#include "bayes/posterior/weight_posterior.hpp"

namespace credence::bayes {

/// log σ² of a weight that is the constant 0. σ² and σ are 0 in float32 and in float64. A finite
/// number, unlike the logarithm of 0, can be multiplied by 0.
inline constexpr double kPrunedLogVariance = -1e4;

/// The parameters "weight" (μ) and "log_variance" (log σ²), and independent normal weights w = μ +
/// σ ε. A base class, from which a posterior takes what it does not define itself.
class LogVariancePosterior : public WeightPosterior {
 public:
  /// The parameter log_variance is clamped to the bounds wherever it is used.
  LogVariancePosterior(Variable mean, Variable log_variance, const Bounds& bounds = {});

  Variable mean() const override { return mean_; }
  Variable variance() const override;
  Variable log_variance() const override { return log_scale(); }
  Variable sample(const RandomStream& stream) const override;
  void set_relative_deviation(double ratio) override;
  /// log σ² of a pruned weight becomes kPrunedLogVariance.
  void prune(const Tensor& kept) override;
  void visit(nn::Visitor& visitor) override;

 protected:
  /// log σ², the parameter within its bounds.
  Variable log_scale() const { return bounds_.clamp(log_variance_); }
  /// σ
  Variable scale() const;

 private:
  Variable mean_;
  Variable log_variance_;
  Bounds bounds_;
};

}  // namespace credence::bayes
