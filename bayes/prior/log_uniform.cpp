// Divergences from the log-uniform prior. log_uniform.hpp states the formulas.
#include "bayes/prior/log_uniform.hpp"

#include "framework/ops/arithmetic.hpp"
#include "framework/ops/pointwise.hpp"
#include "framework/ops/reduce.hpp"

#include <cmath>
#include <limits>
#include <numbers>

namespace credence::bayes {
namespace {

// ½ (γ + log 2)
constexpr double kHalf = 0.5 * (std::numbers::egamma + std::numbers::ln2);

Variable molchanov(const Variable& log_alpha) {
  constexpr double k1 = 0.63576;
  constexpr double k2 = 1.87320;
  constexpr double k3 = 1.48695;
  // 1 − sigmoid(x) = sigmoid(−x), which does not cancel.
  return -0.5 * sum(log_sigmoid(log_alpha)) + k1 * sum(sigmoid(affine(log_alpha, -k3, -k2)));
}

Variable kingma(const Variable& log_alpha) {
  constexpr double c1 = 1.16145124;
  constexpr double c2 = -1.50204118;
  constexpr double c3 = 0.58629921;
  const Variable bounded = clamp(log_alpha, -std::numeric_limits<double>::infinity(), 0);
  const Variable alpha = exp(bounded);
  const Variable polynomial =
      alpha * affine(alpha * affine(alpha, c3, c2), 1, c1) + affine(bounded, 0.5, -kHalf);
  return -sum(polynomial);
}

class LogUniformPrior : public WeightPrior {
 public:
  explicit LogUniformPrior(LogUniformForm form) : form_(form) {}

  bool has_closed_form(const WeightPosterior& posterior) const override {
    return posterior.independent_normal();
  }
  Variable kl_divergence(const WeightPosterior& posterior) const override {
    const Variable log_alpha = posterior.log_alpha();
    if (form_ == LogUniformForm::molchanov) return molchanov(log_alpha);
    if (form_ == LogUniformForm::kingma) return kingma(log_alpha);
    return sum(log_uniform_divergence(log_alpha));
  }
  // −Σ (log |w| + C), where C makes KL of a normal q vanish as α goes to infinity: there E[log |w|]
  // is log σ − ½ (γ + log 2), and E[log q] is −log σ − ½ log 2πe.
  Variable log_density(const Variable& weight) const override {
    const double constant = 0.5 * std::log(2 * std::numbers::pi * std::numbers::e) + kHalf;
    return -sum(affine(log(square(weight)), 0.5, constant));
  }

 private:
  LogUniformForm form_;
};

}  // namespace

std::unique_ptr<WeightPrior> LogUniform::operator()(const WeightPosterior&) const {
  return std::make_unique<LogUniformPrior>(form);
}

}  // namespace credence::bayes
