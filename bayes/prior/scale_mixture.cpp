// The scale mixture prior: log p(w) = logaddexp(log π + log N(w; 0, s₁²), log(1 − π) + log N(w; 0,
// s₂²)).
#include "bayes/prior/scale_mixture.hpp"

#include "framework/base/error.hpp"
#include "framework/ops/arithmetic.hpp"
#include "framework/ops/pointwise.hpp"
#include "framework/ops/reduce.hpp"

#include <cmath>
#include <numbers>

#include <fmt/core.h>

namespace credence::bayes {
namespace {

// log(share · N(w; 0, s²))
Variable log_part(const Variable& weight, double share, double deviation) {
  const double constant =
      std::log(share) - std::log(deviation) - 0.5 * std::log(2 * std::numbers::pi);
  return affine(square(weight * (1 / deviation)), -0.5, constant);
}

class ScaleMixturePrior : public WeightPrior {
 public:
  explicit ScaleMixturePrior(const ScaleMixture& settings) : settings_(settings) {}
  Variable log_density(const Variable& weight) const override {
    return sum(logaddexp(log_part(weight, settings_.weight, settings_.first_deviation),
                         log_part(weight, 1 - settings_.weight, settings_.second_deviation)));
  }

 private:
  ScaleMixture settings_;
};

}  // namespace

std::unique_ptr<WeightPrior> ScaleMixture::operator()(const WeightPosterior&) const {
  const auto positive = [](double x) { return x > 0 && std::isfinite(x); };
  if (!(weight > 0 && weight < 1) || !positive(first_deviation) || !positive(second_deviation)) {
    throw ValueError(fmt::format(
        "[prior] a scale mixture needs a share between 0 and 1 and positive deviations, not {}, {} "
        "and {}",
        weight, first_deviation, second_deviation));
  }
  return std::make_unique<ScaleMixturePrior>(*this);
}

}  // namespace credence::bayes
