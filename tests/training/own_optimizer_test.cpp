// Tests of optimisers that a program brings with it, in the training loop: steps in closed form,
// groups, clipping, and what they are told. resume_test.cpp interrupts runs with them.
#include "framework/base/error.hpp"
#include "framework/ops/arithmetic.hpp"
#include "framework/ops/reduce.hpp"
#include "framework/train/fit.hpp"
#include "tests/framework/training.hpp"
#include "tests/training/langevin.hpp"
#include "tests/training/lion.hpp"

#include <cmath>
#include <vector>

#include <boost/test/unit_test.hpp>

namespace credence {

BOOST_AUTO_TEST_SUITE(own_optimizer)

namespace {

// Four weights and a bias whose gradient is the sum of the batch's inputs.
class Terms : public nn::Module {
 public:
  Variable forward(const Variable& x) override { return sum(x) * (sum(weight) + sum(bias)); }
  void visit(nn::Visitor& visitor) override {
    visitor.parameter("weight", weight, nn::Role::weight);
    visitor.parameter("bias", bias, nn::Role::bias);
  }
  Variable weight{Tensor::full({4}, 1), true};
  Variable bias{Tensor::full({1}, 1), true};
};

FixedBatches inputs(const std::vector<float>& values) {
  std::vector<train::Batch> batches;
  for (const float value : values) batches.push_back({Tensor::full({1, 1}, value), Tensor()});
  return FixedBatches(batches);
}

train::FitOptions options_for(const optim::Factory& optimizer) {
  return {.epochs = 1,
          .optimizer = optimizer,
          .objective = [](nn::Module& model, const train::Batch& batch,
                          const train::TrainingPosition&) -> train::Loss {
            return {model(Variable(batch.inputs))};
          },
          .progress = false};
}

// While the gradient keeps its sign, p + 1 / decay shrinks by 1 − rate · decay in each step.
BOOST_AUTO_TEST_CASE(lion_steps_by_the_sign_and_decays) {
  Terms model;
  FixedBatches source = inputs({3, 0.5, 7, 2});
  train::fit(model, source, options_for(Lion{.learning_rate = 0.125, .weight_decay = 0.5}));
  const double weight = (1 + 1 / 0.5) * std::pow(1 - 0.125 * 0.5, 4) - 1 / 0.5;
  for (const float value : model.weight.value().to_vector<float>()) {
    BOOST_TEST(std::abs(value - weight) < 1e-6);
  }
  // Biases do not decay.
  BOOST_TEST(model.bias.value().item() == 1 - 4 * 0.125);
}

// After gradients of 1, the momentum 1 − beta2^n outweighs gradients of −1 until
// beta1 · m = 1 − beta1.
BOOST_AUTO_TEST_CASE(lion_follows_its_momentum) {
  constexpr double kBeta1 = 0.9;
  constexpr double kBeta2 = 0.5;
  const std::vector<float> gradients{1, 1, -1, -1, -1, -1};
  double momentum = 0;
  double expected = 1;
  for (const float gradient : gradients) {
    const double direction = kBeta1 * momentum + (1 - kBeta1) * static_cast<double>(gradient);
    expected -= direction > 0 ? 0.25 : -0.25;
    momentum = kBeta2 * momentum + (1 - kBeta2) * static_cast<double>(gradient);
  }
  // The third step still goes down: m = 0.75 gives 0.675 − 0.1.
  BOOST_TEST(expected == 1 - 3 * 0.25 + 3 * 0.25);
  Terms model;
  FixedBatches source = inputs(gradients);
  train::fit(model, source, options_for(Lion{.learning_rate = 0.25, .beta2 = kBeta2}));
  BOOST_TEST(model.bias.value().item() == expected);
}

BOOST_AUTO_TEST_CASE(an_own_optimizer_follows_groups_schedule_and_clipping) {
  Terms model;
  FixedBatches source = inputs({2, 2});
  train::FitOptions options =
      options_for(Lion{.learning_rate = 0.25,
                       .groups = {.weight = {.learning_rate = 2}, .bias = {.learning_rate = 1}}});
  options.schedule = [](std::int64_t step, std::int64_t) { return step == 0 ? 1.0 : 0.5; };
  const std::vector<train::EpochReport> reports = train::fit(model, source, options);
  BOOST_TEST(model.weight.value().to_vector<float>()[3] == 1 - 2 * 0.25 * 1.5);
  BOOST_TEST(model.bias.value().item() == 1 - 0.25 * 1.5);
  BOOST_TEST(reports[0].learning_rate == 0.125);

  // Without noise to speak of, Langevin's step is that of the gradient, whose norm is 2 · √5.
  Terms clipped;
  FixedBatches one = inputs({2});
  options = options_for([](nn::Module& module, const optim::RunSize&) {
    return Langevin{.learning_rate = 0.5}(module, {.training_samples = std::int64_t{1} << 60});
  });
  options.max_gradient_norm = 1;
  train::fit(clipped, one, options);
  BOOST_TEST(std::abs(clipped.bias.value().item() - (1 - 0.5 / std::sqrt(5.0))) < 1e-6);
}

BOOST_AUTO_TEST_CASE(a_factory_is_told_the_size_of_the_run) {
  Terms model;
  FixedBatches source = inputs({1, 1, 1});
  train::FitOptions options = options_for([](nn::Module& module, const optim::RunSize& run) {
    BOOST_TEST(run.training_samples == 3);
    BOOST_TEST(run.steps == 6);
    return optim::Sgd{}(module, run);
  });
  options.epochs = 2;
  train::fit(model, source, options);
  options.optimizer = [](nn::Module&, const optim::RunSize&) {
    return std::unique_ptr<optim::Optimizer>();
  };
  BOOST_CHECK_EXCEPTION(train::fit(model, source, options), Error,
                        says("[optim] the factory has made no optimiser"));
  options.optimizer = {};
  BOOST_CHECK_THROW(train::fit(model, source, options), Error);
}

// The stationary distribution of p − rate · p + √(2 · rate / N) · noise has the variance
// (2 · rate / N) / (1 − (1 − rate)²).
BOOST_AUTO_TEST_CASE(langevin_noise_has_the_variance_of_its_training_set) {
  class Normal : public nn::Module {
   public:
    Variable forward(const Variable& x) override { return sum(p * p) * 0.5 + sum(x) * 0.0; }
    void visit(nn::Visitor& visitor) override { visitor.parameter("p", p); }
    Variable p{Tensor::zeros({20000}), true};
  };
  Normal model;
  std::vector<train::Batch> batches(16, {Tensor::full({1, 1}, 0), Tensor()});
  FixedBatches source(batches);
  train::fit(model, source, options_for(Langevin{.learning_rate = 0.5, .generator = Generator(4)}));
  double square = 0;
  for (const double value : model.p.value().to_vector<double>()) square += value * value;
  const double variance = 2 * 0.5 / 16 / (1 - 0.25);
  // 20000 draws: a relative standard error of 1 %.
  BOOST_TEST(std::abs(square / 20000 / variance - 1) < 0.04);
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace
}  // namespace credence
