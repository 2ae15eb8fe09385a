// A prior of one's own: the Laplace distribution, whose logarithm is an L1 penalty.
#pragma once

#include "credence.hpp"

#include <cmath>
#include <memory>

namespace example {

using namespace credence;

/// p(w) = exp(−|w| / b) / 2b for each weight. With a density alone, the divergence is estimated
/// from draws.
class LaplaceDensity : public bayes::WeightPrior {
 public:
  explicit LaplaceDensity(double scale) : scale_(scale) {}
  Variable log_density(const Variable& weight) const override {
    return sum(affine(abs(weight), -1 / scale_, -std::log(2 * scale_)));
  }

 private:
  double scale_;
};

/// The setting that chooses it: {bayes::Gaussian{}, LaplacePrior{.scale = 0.5}}.
struct LaplacePrior {
  double scale = 1;  ///< b

  std::unique_ptr<bayes::WeightPrior> operator()(const bayes::WeightPosterior&) const {
    return std::make_unique<LaplaceDensity>(scale);
  }
};

}  // namespace example
