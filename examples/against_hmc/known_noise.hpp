// The likelihood of numbers whose noise is known and the same everywhere.
#pragma once

#include "credence.hpp"

#include <cmath>
#include <numbers>

namespace credence::examples {

/// y ~ N(output, noise²) for outputs and targets [N, 1].
class KnownNoise : public bayes::OutputDistribution {
 public:
  explicit KnownNoise(double noise) : noise_(noise) {}

  Variable log_density(const Variable& outputs, const Tensor& targets) const override {
    const Variable z = (outputs - Variable(targets)) * (1 / noise_);
    const double at_mean = -std::log(noise_) - 0.5 * std::log(2 * std::numbers::pi);
    return reshape(square(z) * -0.5 + at_mean, {targets.shape()[0]});
  }
  bayes::TargetMoments moments(const Tensor& outputs) const override {
    return {outputs, Tensor::full(outputs.shape(), noise_ * noise_)};
  }

 private:
  double noise_;
};

}  // namespace credence::examples
