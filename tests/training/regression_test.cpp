// Regression: the mean squared error, and training by it from arrays in memory, against the
// solution of the normal equations.
#include "data/arrays.hpp"
#include "data/loader.hpp"
#include "framework/base/error.hpp"
#include "framework/train/evaluate.hpp"
#include "framework/train/fit.hpp"
#include "tests/framework/training.hpp"

#include <cmath>
#include <vector>

#include <boost/test/unit_test.hpp>

namespace credence::train {

BOOST_AUTO_TEST_SUITE(regression)

namespace {

// The points (0, 1), (1, 3), (2, 2), (3, 6). Least squares gives the line 0.9 + 1.4 x with the
// residuals 0.1, 0.7, −1.7 and 0.9: a mean square of (0.01 + 0.49 + 2.89 + 0.81) / 4 = 1.05.
data::Dataset points(const Shape& targets) {
  return data::arrays(Tensor::from<float>({4, 1}, {0, 1, 2, 3}),
                      Tensor::from<float>(targets, {1, 3, 2, 6}));
}

nn::Linear line() { return nn::Linear(1, 1, {}, Generator(1)); }

// The slope is number 0, the intercept number 1.
Variable& parameter(nn::Module& model, std::size_t number) {
  return *nn::parameters(model)[number].parameter;
}

FitOptions quiet(std::int64_t epochs) {
  return {.epochs = epochs,
          .optimizer = optim::Sgd{.learning_rate = 0.1},
          .objective = mean_squared_error,
          .progress = false};
}

BOOST_AUTO_TEST_CASE(a_line_through_points_is_that_of_least_squares) {
  for (const Shape& targets : {Shape{4, 1}, Shape{4}}) {
    nn::Linear model = line();
    data::Loader loader(points(targets), {.batch_size = 4});
    const std::vector<EpochReport> reports = fit(model, loader, quiet(300));
    BOOST_TEST(std::abs(parameter(model, 0).value().item() - 1.4) < 1e-4);
    BOOST_TEST(std::abs(parameter(model, 1).value().item() - 0.9) < 1e-4);
    BOOST_TEST(std::abs(reports.back().loss - 1.05) < 1e-5);
    BOOST_REQUIRE(reports.back().monitors.size() == 1U);
    BOOST_TEST(std::abs(reports.back().at("rmse") - std::sqrt(1.05)) < 1e-5);
    const Metrics metrics = evaluate(model, loader, mean_squared_error);
    BOOST_TEST(metrics.samples == 4);
    BOOST_TEST(std::abs(metrics.at("loss") - 1.05) < 1e-5);
    BOOST_TEST(std::abs(metrics.at("rmse") - std::sqrt(1.05)) < 1e-5);
    BOOST_CHECK_THROW(metrics.accuracy(), ValueError);
  }
}

// The root is taken once, of all samples, not for each batch.
BOOST_AUTO_TEST_CASE(the_rmse_does_not_depend_on_the_batches) {
  nn::Linear model = line();
  parameter(model, 0).value().fill(0);
  parameter(model, 1).value().fill(0);
  for (const std::int64_t batch_size : {1, 3, 4}) {
    data::Loader loader(points({4, 1}), {.batch_size = batch_size, .shuffle = true});
    // (1 + 9 + 4 + 36) / 4
    BOOST_TEST(std::abs(evaluate(model, loader, mean_squared_error).at("rmse") - std::sqrt(12.5)) <
               1e-6);
  }
}

BOOST_AUTO_TEST_CASE(several_outputs_are_averaged_over_all_elements) {
  class Identity : public nn::Module {
   public:
    Variable forward(const Variable& x) override { return x; }
  };
  Identity model;
  for (const DType type : {DType::float32, DType::float64}) {
    const Batch batch{Tensor::from<double>({2, 2}, {1, 2, 3, 4}).to(type),
                      Tensor::from<double>({2, 2}, {0, 0, 3, 1}).to(type)};
    const Loss loss = mean_squared_error(model, batch, {});
    BOOST_TEST(loss.total.value().item() == (1 + 4 + 0 + 9) / 4.0);
    BOOST_TEST(loss.repeats);
  }
}

BOOST_AUTO_TEST_CASE(targets_that_do_not_fit_are_refused) {
  nn::Linear model = line();
  const auto refused = [&](const Tensor& targets) {
    FixedBatches source({{Tensor::zeros({3, 1}), targets}});
    fit(model, source, quiet(1));
  };
  BOOST_CHECK_EXCEPTION(refused(Tensor::zeros({3, 2})), ShapeError,
                        says("[mean_squared_error] the targets must be [3, 1], as the outputs are, "
                             "not float32 [3, 2]"));
  BOOST_CHECK_EXCEPTION(refused(Tensor()), ShapeError, says("not undefined"));
  BOOST_CHECK_EXCEPTION(refused(Tensor::zeros({3, 1}, DType::int64)), ValueError,
                        says("the targets must be float32"));
  // Classification refuses numbers as it refuses labels of another type.
  FixedBatches numbers({{Tensor::zeros({3, 1}), Tensor::zeros({3})}});
  BOOST_CHECK_THROW(fit(model, numbers, {.epochs = 1, .progress = false}), Error);
}

BOOST_AUTO_TEST_CASE(a_target_that_is_no_number_is_named) {
  nn::Linear model = line();
  FixedBatches source({{Tensor::zeros({2, 1}), Tensor::from<float>({2, 1}, {0, NAN})}});
  BOOST_CHECK_EXCEPTION(fit(model, source, quiet(1)), Error,
                        says("[fit] the loss is not finite in epoch 1, step 1: target [1, 0] of "
                             "its batch is NaN"));
}

BOOST_AUTO_TEST_CASE(a_regression_resumes_to_the_same_bits) {
  const auto run = [](std::optional<io::SafeTensors>& state, int stop_after) {
    nn::Linear model = line();
    data::Loader loader(points({4, 1}),
                        {.batch_size = 3, .shuffle = true, .generator = Generator(2)});
    FitOptions options = quiet(3);
    options.resume = state;
    options.stop = [stop_after, asked = 0]() mutable { return ++asked == stop_after; };
    options.save = [&](const io::SafeTensors& saved) {
      state = io::SafeTensors{{}, saved.metadata};
      for (const io::NamedTensor& t : saved.tensors) {
        state->tensors.push_back({t.name, t.tensor.clone()});
      }
    };
    std::vector<NamedValue> last;
    try {
      last = fit(model, loader, options).back().monitors;
    } catch (const Interrupted&) {
    }
    return std::pair(parameter_values(model), last);
  };
  std::optional<io::SafeTensors> none;
  const auto expected = run(none, 0);
  for (const int stop_after : {1, 2, 4}) {
    std::optional<io::SafeTensors> state;
    run(state, stop_after);
    const auto resumed = run(state, 0);
    BOOST_TEST(same_bits(resumed.first, expected.first));
    BOOST_TEST((resumed.second == expected.second));
  }
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace
}  // namespace credence::train
