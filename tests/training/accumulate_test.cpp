// Tests of steps whose gradient is made of several batches.
#include "framework/base/error.hpp"
#include "framework/ops/arithmetic.hpp"
#include "framework/ops/reduce.hpp"
#include "framework/train/fit.hpp"
#include "tests/framework/training.hpp"
#include "tests/reference/reference.hpp"

#include <algorithm>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include <boost/test/unit_test.hpp>

namespace credence::train {

BOOST_AUTO_TEST_SUITE(accumulate)

namespace {

FitOptions options_of(const optim::Factory& optimizer, std::int64_t accumulate) {
  return {.epochs = 2, .optimizer = optimizer, .accumulate = accumulate, .progress = false};
}

// Batches of these numbers of images, which have the same pixels for the same total.
FixedBatches images(const std::vector<std::int64_t>& sizes) {
  std::vector<Batch> batches;
  std::int64_t first = 0;
  for (const std::int64_t size : sizes) {
    std::vector<float> pixels;
    std::vector<std::int64_t> labels;
    for (std::int64_t n = first; n < first + size; ++n) {
      for (std::int64_t i = 0; i < 784; ++i) {
        pixels.push_back(static_cast<float>((n * 131 + i * 17) % 97) / 97);
      }
      labels.push_back(n % 10);
    }
    batches.push_back({Tensor::from<float>({size, 1, 28, 28}, pixels),
                       Tensor::from<std::int64_t>({size}, labels)});
    first += size;
  }
  return FixedBatches(std::move(batches));
}

std::vector<Tensor> trained(const std::vector<std::int64_t>& sizes, std::int64_t accumulate) {
  nn::Sequential model = small_net(Generator(3));
  FixedBatches source = images(sizes);
  FitOptions options = options_of(optim::Sgd{.learning_rate = 0.1}, accumulate);
  options.max_gradient_norm = 0.05;
  fit(model, source, options);
  return parameter_values(model);
}

double largest_difference(const std::vector<Tensor>& a, const std::vector<Tensor>& b) {
  double largest = 0;
  for (std::size_t i = 0; i < a.size(); ++i) {
    largest = std::max(largest, largest_error(a[i], b[i].to(DType::float64)));
  }
  return largest;
}

// Small integers, so that no sum of a step rounds.
std::vector<Batch> numbers(std::int64_t batch) {
  const std::vector<float> x{1, -2, 3, 1, 0, 2, -1, 1, 2, 2, -3, 1, 1, 0, 2, -2};
  const std::vector<float> y{1, 2, -1, 0, 3, 1, -2, 1};
  std::vector<Batch> batches;
  for (std::int64_t first = 0; first < 8; first += batch) {
    batches.push_back(
        {Tensor::from<float>({batch, 2}, {x.begin() + 2 * first, x.begin() + 2 * (first + batch)}),
         Tensor::from<float>({batch, 1}, {y.begin() + first, y.begin() + first + batch})});
  }
  return batches;
}

// y = scale · x
class Scale : public nn::Module {
 public:
  Variable forward(const Variable& x) override { return x * scale; }
  void visit(nn::Visitor& visitor) override { visitor.parameter("scale", scale); }
  Variable scale{Tensor::full({1}, 1), true};
};

}  // namespace

BOOST_AUTO_TEST_CASE(steps_have_the_bits_of_large_batches_where_no_sum_rounds) {
  const auto trained = [](std::int64_t batch, std::int64_t accumulate) {
    nn::Linear model(2, 1, {}, Generator(3));
    for (const nn::NamedParameter& p : nn::parameters(model)) p.parameter->value().fill(1);
    FixedBatches source(numbers(batch));
    FitOptions options = options_of(optim::Sgd{.learning_rate = 0.25}, accumulate);
    options.objective = mean_squared_error;
    fit(model, source, options);
    return parameter_values(model);
  };
  const std::vector<Tensor> expected = trained(4, 1);
  BOOST_TEST(!same_bits(expected, trained(8, 1)));
  BOOST_TEST(same_bits(trained(2, 2), expected));
  BOOST_TEST(same_bits(trained(1, 4), expected));
}

BOOST_AUTO_TEST_CASE(steps_are_those_of_large_batches_up_to_rounding) {
  const std::vector<Tensor> expected = trained({32, 16}, 1);
  BOOST_TEST(largest_difference(trained({16, 16, 16}, 2), expected) < 1e-6);
  // Batches of different sizes count by their samples, and the last step has what is left.
  BOOST_TEST(largest_difference(trained({20, 8, 4, 10, 6}, 3), expected) < 1e-6);
  BOOST_TEST(largest_difference(trained({16, 16, 16}, 1), expected) > 1e-4);
}

// The loss is a mean over the samples and a term of the parameters alone, as KL is.
BOOST_AUTO_TEST_CASE(a_term_that_does_not_depend_on_the_batch_counts_once) {
  Scale model;
  FixedBatches source({{Tensor::from<float>({2, 1}, {3, 5}), Tensor::zeros({2})},
                       {Tensor::from<float>({1, 1}, {10}), Tensor::zeros({1})}});
  FitOptions options = options_of(optim::Sgd{.learning_rate = 0.5}, 2);
  options.epochs = 1;
  options.objective = [](nn::Module& module, const Batch& batch, const TrainingPosition&) -> Loss {
    return {mean(module(Variable(batch.inputs))) + sum(static_cast<Scale&>(module).scale * 2.0)};
  };
  fit(model, source, options);
  // d loss / d scale = (3 + 5 + 10) / 3 + 2
  BOOST_TEST(model.scale.value().item() == 1 - 0.5 * 8);
}

namespace {

class Positions : public Observer {
 public:
  std::string name() const override { return "positions"; }
  void after_step(nn::Module&, const TrainingPosition& position) override {
    seen.push_back(position);
  }
  std::vector<NamedTensor> state() const override { return {}; }
  void restore(const io::SafeTensors&) override {}

  std::vector<TrainingPosition> seen;
};

}  // namespace

BOOST_AUTO_TEST_CASE(schedules_observers_and_questions_count_steps) {
  Scale model;
  FixedBatches source(numbers(1));
  FitOptions options = options_of(optim::Sgd{.learning_rate = 1}, 3);
  options.objective = [](nn::Module& module, const Batch& batch, const TrainingPosition&) -> Loss {
    return {mean(module(Variable(batch.inputs)))};
  };
  const auto positions = std::make_shared<Positions>();
  options.observers = {positions};
  std::vector<std::int64_t> scheduled;
  options.schedule = [&](std::int64_t step, std::int64_t steps) {
    BOOST_TEST(steps == 6);
    scheduled.push_back(step);
    return 1e-3;
  };
  int questions = 0;
  options.stop = [&] {
    ++questions;
    return false;
  };
  const std::vector<EpochReport> reports = fit(model, source, options);
  BOOST_TEST(reports.size() == 2U);
  BOOST_TEST(scheduled == (std::vector<std::int64_t>{0, 1, 2, 3, 4, 5}),
             boost::test_tools::per_element());
  BOOST_REQUIRE(positions->seen.size() == 6U);
  for (std::int64_t step = 0; step < 6; ++step) {
    const TrainingPosition& position = positions->seen[static_cast<std::size_t>(step)];
    BOOST_TEST((position.step == step && position.steps == 6 && position.batches == 3));
    BOOST_TEST(position.training_samples == 8);
  }
  BOOST_TEST(questions == 6 + 1);  // and between the epochs
}

BOOST_AUTO_TEST_CASE(a_step_has_at_least_one_batch) {
  Scale model;
  FixedBatches source(numbers(2));
  BOOST_CHECK_EXCEPTION(fit(model, source, options_of(optim::Sgd{}, 0)), ValueError,
                        says("[fit] a step needs at least one batch, not 0"));
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace credence::train
