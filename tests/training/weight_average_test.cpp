// Tests of the average of the parameters over the last steps of a run.
#include "framework/train/weight_average.hpp"

#include "framework/base/error.hpp"
#include "framework/nn/layers.hpp"
#include "framework/ops/reduce.hpp"
#include "framework/train/fit.hpp"
#include "tests/framework/training.hpp"

#include <limits>
#include <memory>
#include <vector>

#include <boost/test/unit_test.hpp>

namespace credence::train {

BOOST_AUTO_TEST_SUITE(weight_average)

namespace {

// The gradient of the weight and of the bias is 1.
Loss output_of_one(nn::Module& model, const Batch& batch, const TrainingPosition&) {
  return {.total = sum(model(Variable(batch.inputs)))};
}

// After step k, from 0, both parameters are 8 - (k + 1) / 2. There are 6 steps.
std::vector<float> trained(nn::Linear& model, double start) {
  for (const nn::NamedParameter& p : nn::parameters(model)) {
    Tensor value = p.parameter->value();
    value.fill(8);
  }
  const Batch batch{Tensor::from<float>({1, 1}, {1}), Tensor::from<float>({1}, {0})};
  FixedBatches source({batch, batch});
  fit(model, source,
      {.epochs = 3,
       .optimizer = optim::Sgd{.learning_rate = 0.5},
       .objective = output_of_one,
       .observers = {std::make_shared<WeightAverage>(start)},
       .progress = false});
  std::vector<float> values;
  for (const Tensor& value : parameter_values(model))
    values.push_back(static_cast<float>(value.item()));
  return values;
}

BOOST_AUTO_TEST_CASE(the_model_ends_with_the_average_over_the_last_steps) {
  nn::Linear model(1, 1, {}, Generator(1));
  // (7.5 + 7 + 6.5 + 6 + 5.5 + 5) / 6, (6 + 5.5 + 5) / 3, of ⌈3.6⌉ = 4 on, and the last alone.
  for (const auto& [start, expected] :
       std::vector<std::pair<double, float>>{{0, 6.25F}, {0.5, 5.5F}, {0.6, 5.25F}, {0.99, 5.F}}) {
    BOOST_TEST(trained(model, start) == std::vector<float>(2, expected),
               boost::test_tools::per_element());
  }
}

BOOST_AUTO_TEST_CASE(a_start_outside_the_run_is_refused) {
  for (const double start : {-0.1, 1.0, std::numeric_limits<double>::quiet_NaN()}) {
    BOOST_CHECK_EXCEPTION(WeightAverage{start}, ValueError,
                          says("[weight_average] starts at a share"));
  }
}

BOOST_AUTO_TEST_CASE(a_state_of_another_model_is_refused) {
  nn::Linear model(1, 1, {}, Generator(1));
  nn::Linear wider(2, 1, {}, Generator(1));
  const TrainingPosition position{.step = 1, .steps = 3};
  WeightAverage average(0);
  average.after_step(wider, position);
  io::SafeTensors state;
  state.tensors = average.state();
  WeightAverage other(0);
  other.restore(state);
  BOOST_CHECK_EXCEPTION(other.after_step(model, position), ValueError, says("is of another model"));
  BOOST_CHECK_EXCEPTION(other.restore({}), ValueError, says("no fitting \"count\""));
  const io::SafeTensors negative{{{"count", Tensor::from<std::int64_t>({1}, {-1})}}, {}};
  BOOST_CHECK_EXCEPTION(other.restore(negative), ValueError, says("no fitting \"count\""));
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace
}  // namespace credence::train
