// An optimiser of one's own: RMSprop (Tieleman and Hinton 2012, Coursera: Neural Networks for
// Machine Learning, lecture 6), as torch.optim.RMSprop. fit resumes it, clips its gradients, and
// follows a schedule.
#include "credence.hpp"

#include <cstdio>
#include <memory>
#include <vector>

namespace example {

using namespace credence;

/// The settings: a factory, as optim::Adam is. For a gradient g, a parameter p and a mean of
/// squares v, which begins at 0: v = smoothing · v + (1 − smoothing) · g², p = p − rate · g / (√v +
/// epsilon).
struct RmsProp {
  double learning_rate = 1e-2;
  double smoothing = 0.99;
  double epsilon = 1e-8;

  std::unique_ptr<optim::Optimizer> operator()(nn::Module& module, const optim::RunSize&) const;
};

class RmsPropOptimizer : public optim::Optimizer {
 public:
  RmsPropOptimizer(nn::Module& module, const RmsProp& settings)
      : Optimizer(module, settings.learning_rate),
        settings_(settings),
        squares_(Tensor::zeros_like(values_)) {}

  // Written with ops on all parameters at once, so that it runs on any device.
  void update() override {
    const Variable g(gradients_);
    const Variable v =
        Variable(squares_) * settings_.smoothing + square(g) * (1 - settings_.smoothing);
    const Variable step = Variable(settings_on_device()) * g / (sqrt(v) + settings_.epsilon);
    squares_.copy_from(v.value());
    values_.copy_from((Variable(values_) - step).value());
  }
  // What the next step depends on: a resumed run has the same bits.
  std::vector<NamedTensor> state() const override {
    std::vector<NamedTensor> state = Optimizer::state();
    state.push_back({"squares", squares_});
    return state;
  }
  bool repeats() const override { return true; }

 private:
  // The number that changes from step to step; update() reads it on the device.
  Tensor step_settings() const override { return Tensor::full({1}, learning_rate()); }

  RmsProp settings_;
  Tensor squares_;
};

std::unique_ptr<optim::Optimizer> RmsProp::operator()(nn::Module& module,
                                                      const optim::RunSize&) const {
  return std::make_unique<RmsPropOptimizer>(module, *this);
}

}  // namespace example

int main() {
  using namespace credence;
  const Generator seed(1);
  data::Loader digits(data::synthetic_digits(600, seed, data::Split::train),
                      {.batch_size = 50, .shuffle = true});
  zoo::MLP<> model({.hidden = {64}}, seed.split("model"));
  const auto reports = train::fit(
      model, digits,
      {.epochs = 10, .optimizer = example::RmsProp{.learning_rate = 1e-3}, .progress = false});
  std::printf("loss %.4f to %.4f, accuracy %.1f %%\n", reports.front().loss, reports.back().loss,
              100 * reports.back().at("accuracy"));

  // The first step is rate · sign(g) / √(1 − smoothing), whatever the gradient.
  nn::Linear line(1, 1, {}, seed);
  const Tensor& bias = nn::parameters(line)[1].parameter->value();
  const double before = bias.item();
  const auto optimizer = optim::make_optimizer(line, example::RmsProp{.smoothing = 0.75});
  optimizer->zero_grad();
  sum(line(Variable(Tensor::full({1, 1}, 1)))).backward();
  optimizer->step();
  std::printf("first step %.6f\n", bias.item() - before);
}
