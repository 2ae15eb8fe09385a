// Stochastic gradient Langevin dynamics (Welling and Teh 2011): an optimiser of a program's own
// that draws noise and depends on the size of the training set.
#pragma once

#include "framework/dispatch/kernels.hpp"
#include "framework/ops/arithmetic.hpp"
#include "framework/optim/optimizer.hpp"

#include <cmath>
#include <memory>
#include <vector>

namespace credence {

/// The settings of the dynamics, for a gradient g of the mean loss over N training samples:
///   p = p − rate · g + √(2 · rate / N) · noise, with standard normal noise
struct Langevin {
  double learning_rate = 1e-3;
  Generator generator{};

  std::unique_ptr<optim::Optimizer> operator()(nn::Module& module, const optim::RunSize& run) const;
};

class LangevinOptimizer : public optim::Optimizer {
 public:
  LangevinOptimizer(nn::Module& module, const Langevin& settings, const optim::RunSize& run)
      : Optimizer(module, settings.learning_rate),
        generator_(settings.generator),
        training_samples_(static_cast<double>(run.training_samples)) {}

  void update() override {
    const Tensor noise = Tensor::empty_like(values_);
    kernels<float>(noise.device()).normal(generator_.next(), noise.numel(), noise);
    const Variable rate(settings_on_device().view_at(0, {1}));
    const Variable deviation(settings_on_device().view_at(1, {1}));
    values_.copy_from(
        (Variable(values_) - Variable(gradients_) * rate + Variable(noise) * deviation).value());
  }

  bool repeats() const override { return true; }
  std::vector<nn::NamedGenerator> generators() override { return {{"langevin", &generator_}}; }

 private:
  Tensor step_settings() const override {
    return Tensor::from<float>(
        {2}, {static_cast<float>(learning_rate()),
              static_cast<float>(std::sqrt(2 * learning_rate() / training_samples_))});
  }

  Generator generator_;
  double training_samples_;
};

inline std::unique_ptr<optim::Optimizer> Langevin::operator()(nn::Module& module,
                                                              const optim::RunSize& run) const {
  return std::make_unique<LangevinOptimizer>(module, *this, run);
}

}  // namespace credence
