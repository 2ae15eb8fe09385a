// Lion (Chen et al. 2023, arXiv 2302.06675, algorithm 2): an optimiser of a program's own, which
// the library does not know.
#pragma once

#include "framework/ops/arithmetic.hpp"
#include "framework/ops/pointwise.hpp"
#include "framework/optim/optimizer.hpp"

#include <memory>
#include <vector>

namespace credence {

/// The settings of Lion, a factory as optim::Adam is. For a gradient g, a parameter p and its
/// momentum m, which begins at 0:
///   p = p − rate · (sign(beta1 · m + (1 − beta1) · g) + weight_decay · p)
///   m = beta2 · m + (1 − beta2) · g
struct Lion {
  double learning_rate = 1e-4;
  double beta1 = 0.9;
  double beta2 = 0.99;
  double weight_decay = 0;
  optim::ParameterGroups groups{};

  std::unique_ptr<optim::Optimizer> operator()(nn::Module& module, const optim::RunSize&) const;
};

/// The optimiser that Lion's settings make, written with ops, so that it runs on any device.
class LionOptimizer : public optim::Optimizer {
 public:
  LionOptimizer(nn::Module& module, const Lion& settings)
      : Optimizer(module, settings.learning_rate, settings.weight_decay, settings.groups),
        settings_(settings),
        momentum_(Tensor::zeros_like(values_)) {}

  std::vector<NamedTensor> state() const override {
    std::vector<NamedTensor> state = Optimizer::state();
    state.push_back({"momentum", momentum_});
    return state;
  }

  void update() override {
    std::int64_t offset = 0;
    for (const optim::Group& group : groups()) {
      const auto part = [&](const Tensor& flat) { return flat.view_at(group.begin, {group.size}); };
      const Variable rate(settings_on_device().view_at(offset++, {1}));
      const Variable shrink(settings_on_device().view_at(offset++, {1}));
      const Variable p(part(values_));
      const Variable g(part(gradients_));
      const Variable m(part(momentum_));
      const Variable direction = m * settings_.beta1 + g * (1 - settings_.beta1);
      // The sign of all numbers from 2^-100 on; 0 stays 0.
      const Variable sign = clamp(direction * 0x1p100, -1, 1);
      p.value().copy_from((p * shrink - sign * rate).value());
      m.value().copy_from((m * settings_.beta2 + g * (1 - settings_.beta2)).value());
    }
  }

  bool repeats() const override { return true; }

 private:
  // The rate and 1 − rate · weight_decay of each group.
  Tensor step_settings() const override {
    std::vector<float> numbers;
    for (const optim::Group& group : groups()) {
      const double rate = learning_rate() * group.learning_rate_factor;
      numbers.push_back(static_cast<float>(rate));
      numbers.push_back(static_cast<float>(1 - rate * group.weight_decay));
    }
    return Tensor::from({static_cast<std::int64_t>(numbers.size())}, numbers);
  }

  Lion settings_;
  Tensor momentum_;
};

inline std::unique_ptr<optim::Optimizer> Lion::operator()(nn::Module& module,
                                                          const optim::RunSize&) const {
  return std::make_unique<LionOptimizer>(module, *this);
}

}  // namespace credence
