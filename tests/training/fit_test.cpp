// Tests of the training loop: five steps against PyTorch, reports against numbers computed by hand,
// threads, errors, and memory.
#include "framework/train/fit.hpp"

#include "data/loader.hpp"
#include "data/synthetic_digits.hpp"
#include "framework/base/error.hpp"
#include "framework/ops/arithmetic.hpp"
#include "framework/ops/pointwise.hpp"
#include "framework/ops/reduce.hpp"
#include "framework/ops/softmax.hpp"
#include "framework/train/evaluate.hpp"
#include "tests/framework/training.hpp"
#include "tests/reference/reference.hpp"

#include <cmath>
#include <limits>
#include <string>
#include <vector>

#include <boost/test/unit_test.hpp>

namespace credence::train {

BOOST_AUTO_TEST_SUITE(fit_function)

namespace {

const data::Dataset& digits() {
  static const data::Dataset dataset =
      data::synthetic_digits(300, Generator(1), data::Split::train);
  return dataset;
}

data::LoaderOptions loader_options(int workers = 0) {
  return {.batch_size = 64, .shuffle = true, .generator = Generator(7), .workers = workers};
}

FitOptions quiet(std::int64_t epochs) { return {.epochs = epochs, .progress = false}; }

// The parameters and the losses after two epochs over 300 images.
std::vector<Tensor> trained(int workers) {
  nn::Sequential model = small_net(Generator(3));
  data::Loader loader(digits(), loader_options(workers));
  std::vector<double> losses;
  for (const EpochReport& report : fit(model, loader, quiet(2))) losses.push_back(report.loss);
  std::vector<Tensor> result = parameter_values(model);
  result.push_back(Tensor::from({2}, losses));
  return result;
}

Tensor labels(std::int64_t count) { return Tensor::zeros({count}, DType::int64); }

// y = scale · x for x [N, 2]. Its noise is the number of the next draw.
class Scale : public nn::Module {
 public:
  Variable forward(const Variable& x) override {
    draws.push_back(noise.next().draw);
    return x * scale;
  }
  void visit(nn::Visitor& visitor) override {
    visitor.parameter("scale", scale);
    visitor.generator("noise", noise);
  }
  Variable scale{Tensor::full({1}, 1), true};
  Generator noise{5};
  std::vector<std::uint64_t> draws;
};

// Batches of two and of one sample, whose first pixels are 3, 3 and 9.
FixedBatches three_samples() {
  return FixedBatches({{Tensor::from<float>({2, 2}, {3, 0, 3, 4}), labels(2)},
                       {Tensor::from<float>({1, 2}, {9, 1}), labels(1)}});
}

// The mean over the pixels of the scaled images, with monitors that depend on the batch.
Loss mean_pixel(nn::Module& model, const Batch& batch, const TrainingPosition& position) {
  const Variable y = model(Variable(batch.inputs));
  const Variable total = mean(y);
  return {total,
          {{"first", Tensor::full({}, batch.inputs.data<float>()[0])},
           {"samples", Tensor::full({}, static_cast<double>(position.training_samples))},
           accuracy(y.value(), batch.targets)}};
}

}  // namespace

BOOST_AUTO_TEST_CASE(training_lowers_the_loss_and_raises_the_accuracy) {
  nn::Sequential model = small_net(Generator(3));
  data::Loader loader(digits(), loader_options());
  const Metrics before = evaluate(model, loader);
  FitOptions options = quiet(6);
  options.optimizer = optim::Adam{.learning_rate = 1e-2};
  const std::vector<EpochReport> reports = fit(model, loader, options);
  BOOST_TEST(reports.size() == 6U);
  BOOST_TEST(reports.back().loss < 0.5 * reports.front().loss);
  BOOST_TEST(reports.back().at("accuracy") > reports.front().at("accuracy"));
  const Metrics after = evaluate(model, loader);
  BOOST_TEST(after.nll() < 0.5 * before.nll());
  BOOST_TEST(after.accuracy() > 0.7);
}

// The last step's loss is finite. Its gradient times the learning rate is not.
BOOST_AUTO_TEST_CASE(parameters_that_the_last_step_broke_are_named_before_anything_is_saved) {
  const auto check = [](FixedBatches source, const FitOptions& given) {
    Scale model;
    FitOptions options = given;
    options.objective = mean_pixel;
    options.optimizer = optim::Sgd{.learning_rate = 2e38};
    int saved = 0;
    options.save = [&](const io::SafeTensors&) { ++saved; };
    options.after_epoch = [&](const EpochReport&) { ++saved; };
    BOOST_CHECK_EXCEPTION(fit(model, source, options), Error,
                          says("[fit] the model's \"scale\" [1] has -inf as element 0 after step "
                               "1, in epoch 1; a lower learning rate may help"));
    BOOST_TEST(saved == 0);
  };
  // The first batch's gradient is its mean pixel, 2.5.
  check(FixedBatches({{Tensor::from<float>({2, 2}, {3, 0, 3, 4}), labels(2)}}), quiet(1));
  FitOptions interrupted = quiet(2);
  interrupted.stop = [] { return true; };
  check(three_samples(), interrupted);
}

BOOST_AUTO_TEST_CASE(a_label_outside_the_classes_is_refused) {
  Scale model;
  FixedBatches source({{Tensor::full({2, 2}, 1), Tensor::from<std::int64_t>({2}, {0, 2})}});
  FitOptions options = quiet(1);
  BOOST_CHECK_EXCEPTION(fit(model, source, options), ValueError, says("labels must be"));
  // Where the loss ignores the labels, the accuracy finds the fault.
  options.objective = mean_pixel;
  BOOST_CHECK_EXCEPTION(fit(model, source, options), ValueError, says("[fit] a label is outside"));
}

BOOST_AUTO_TEST_CASE(threads_do_not_change_a_bit) {
  BOOST_TEST(same_bits_with_threads([] { return trained(0); }));
}

BOOST_AUTO_TEST_CASE(workers_do_not_change_a_bit) { BOOST_TEST(same_bits(trained(2), trained(0))); }

BOOST_AUTO_TEST_CASE(five_steps_agree_with_pytorch) {
  const Reference& expected = reference("training");
  nn::Sequential net(nn::Conv2d(1, 3, {.kernel = 3}, Generator(1)), nn::MaxPool2d({.kernel = 2}),
                     nn::Activation::relu(), nn::Flatten(), nn::Linear(27, 4, {}, Generator(1)));
  const std::vector<std::string> names{"conv.weight", "conv.bias", "linear.weight", "linear.bias"};
  const std::vector<nn::NamedParameter> parameters = nn::parameters(net);
  for (std::size_t i = 0; i < names.size(); ++i) {
    const Tensor& start = expected.at("start." + names[i]);
    parameters[i].parameter->value().copy_from(start.to(DType::float32));
  }
  std::vector<Batch> batches;
  for (std::int64_t step = 0; step < 5; ++step) {
    batches.push_back(
        {expected.at("x").slice(step, step + 1).reshape({6, 1, 8, 8}).to(DType::float32),
         expected.at("labels").slice(step, step + 1).reshape({6}).to(DType::int64)});
  }
  FixedBatches source(batches);
  std::vector<double> losses;
  FitOptions options = quiet(1);
  options.optimizer = optim::Adam{.learning_rate = 0.01};
  options.objective = [&](nn::Module& model, const Batch& batch, const TrainingPosition& position) {
    const Loss loss = cross_entropy(model, batch, position);
    losses.push_back(loss.total.value().item());
    return loss;
  };
  fit(net, source, options);
  BOOST_TEST(largest_error(Tensor::from({5}, losses), expected.at("losses")) < 1e-6);
  for (std::size_t i = 0; i < names.size(); ++i) {
    const double error =
        largest_error(parameters[i].parameter->value(), expected.at("end." + names[i]));
    BOOST_TEST(error < 2e-6, names[i] << " is off by " << error);
  }
}

BOOST_AUTO_TEST_CASE(reports_are_means_over_samples) {
  Scale model;
  FixedBatches source = three_samples();
  FitOptions options = quiet(2);
  options.optimizer = optim::Sgd{.learning_rate = 0.25};
  options.objective = mean_pixel;
  options.schedule = [](std::int64_t step, std::int64_t steps) {
    BOOST_TEST(steps == 4);
    return step < 2 ? 0.0 : 1.0 / static_cast<double>(step);
  };
  std::vector<std::int64_t> seen;
  options.after_epoch = [&](const EpochReport& report) { seen.push_back(report.epoch); };
  const std::vector<EpochReport> reports = fit(model, source, options);
  BOOST_TEST(seen == (std::vector<std::int64_t>{0, 1}), boost::test_tools::per_element());
  BOOST_REQUIRE(reports.size() == 2U);
  const EpochReport& first = reports[0];
  BOOST_TEST(first.epoch == 0);
  BOOST_TEST(first.epochs == 2);
  // The batches' means are 2.5 and 5; the learning rate of the first epoch is 0.
  BOOST_TEST(first.loss == (2 * 2.5 + 5) / 3);
  BOOST_REQUIRE(first.monitors.size() == 3U);
  BOOST_TEST(first.monitors[0].name == "first");
  BOOST_TEST(first.monitors[0].value == 5.0);
  BOOST_TEST(first.monitors[1].name == "samples");
  BOOST_TEST(first.monitors[1].value == 3.0);
  BOOST_TEST(first.at("accuracy") == 2.0 / 3);
  BOOST_TEST(first.learning_rate == 0.0);
  BOOST_TEST(first.seconds > 0);
  BOOST_TEST(std::abs(first.samples_per_second * first.seconds - 3) < 1e-9);
  // scale is 1, then 1 - 0.25 / 2 · 2.5.
  BOOST_TEST(reports[1].loss == (2 * 2.5 + 0.6875 * 5) / 3, boost::test_tools::tolerance(1e-6));
  BOOST_TEST(reports[1].learning_rate == 0.25 / 3, boost::test_tools::tolerance(1e-12));
}

BOOST_AUTO_TEST_CASE(the_noise_of_an_epoch_depends_on_its_number_alone) {
  Scale model;
  model.noise.seek(77);
  FixedBatches source = three_samples();
  FitOptions options = quiet(2);
  options.objective = mean_pixel;
  fit(model, source, options);
  const std::uint64_t second = std::uint64_t{1} << 32;
  const std::vector<std::uint64_t> expected{0, 1, second, second + 1};
  BOOST_TEST(model.draws == expected, boost::test_tools::per_element());
  BOOST_TEST(model.noise.draws() == 77U);
}

BOOST_AUTO_TEST_CASE(the_objective_knows_where_in_the_run_it_is) {
  Scale model;
  FixedBatches source = three_samples();
  FitOptions options = quiet(2);
  std::vector<std::int64_t> steps;
  options.objective = [&](nn::Module& module, const Batch& batch,
                          const TrainingPosition& position) {
    BOOST_TEST(position.training_samples == 3);
    BOOST_TEST(position.steps == 4);
    steps.push_back(position.step);
    return mean_pixel(module, batch, position);
  };
  fit(model, source, options);
  BOOST_TEST(steps == (std::vector<std::int64_t>{0, 1, 2, 3}), boost::test_tools::per_element());
}

BOOST_AUTO_TEST_CASE(a_bound_of_the_gradient_limits_the_step) {
  const auto scale_after_a_step = [](double bound) {
    Scale model;
    FixedBatches source({{Tensor::from<float>({1, 2}, {1, 3}), labels(1)}});
    FitOptions options = quiet(1);
    options.optimizer = optim::Sgd{.learning_rate = 0.25};
    options.objective = mean_pixel;
    options.max_gradient_norm = bound;
    fit(model, source, options);
    return model.scale.value().item();
  };
  // The gradient is the pixels' mean, 2.
  BOOST_TEST(scale_after_a_step(0) == 0.5);
  BOOST_TEST(scale_after_a_step(5) == 0.5);
  BOOST_TEST(std::abs(scale_after_a_step(1) - 0.75) < 1e-6);
}

BOOST_AUTO_TEST_CASE(a_gradient_that_is_not_finite_stops_a_run_that_bounds_it) {
  Scale model;
  FixedBatches source({{Tensor::from<float>({1, 2}, {1, 1}), labels(1)}});
  FitOptions options = quiet(1);
  options.max_gradient_norm = 1;
  // At 0 the root's value is finite and its derivative is not.
  options.objective = [](nn::Module& module, const Batch& batch, const TrainingPosition&) -> Loss {
    const Variable y = module(Variable(batch.inputs));
    return {sqrt(square(sum(y - y)))};
  };
  BOOST_CHECK_EXCEPTION(fit(model, source, options), Error,
                        says("[fit] the gradient's norm is not finite in epoch 1, step 1"));
  BOOST_TEST(model.scale.value().item() == 1.0);
}

BOOST_AUTO_TEST_CASE(a_loss_that_is_not_finite_stops_before_it_reaches_the_parameters) {
  for (const float bad :
       {std::numeric_limits<float>::quiet_NaN(), std::numeric_limits<float>::infinity()}) {
    Scale model;
    FixedBatches source({{Tensor::from<float>({1, 2}, {1, 1}), labels(1)},
                         {Tensor::from<float>({1, 2}, {1, bad}), labels(1)}});
    FitOptions options = quiet(2);
    options.optimizer = optim::Sgd{.learning_rate = 0.25};
    options.objective = mean_pixel;
    BOOST_CHECK_EXCEPTION(fit(model, source, options), Error,
                          says("[fit] the loss is not finite in epoch 1, step 2"));
    BOOST_TEST(model.scale.value().item() == 0.75);
    BOOST_TEST(model.noise.draws() == 0U);
  }
}

BOOST_AUTO_TEST_CASE(an_input_that_is_not_finite_is_named_and_no_learning_rate_blamed) {
  const auto message = [](const Tensor& images) {
    Scale model;
    FixedBatches source({{Tensor::full({2, 2}, 1), labels(2)}, {images, labels(2)}});
    FitOptions options = quiet(1);
    options.objective = mean_pixel;
    try {
      fit(model, source, options);
    } catch (const Error& error) {
      return std::string(error.what());
    }
    return std::string();
  };
  const float nan = std::numeric_limits<float>::quiet_NaN();
  const float infinity = std::numeric_limits<float>::infinity();
  const std::string begin = "[fit] the loss is not finite in epoch 1, step 2";
  BOOST_TEST(message(Tensor::from<float>({2, 2}, {1, 2, nan, infinity})) ==
             begin + ": input [1, 0] of its batch is NaN");
  BOOST_TEST(message(Tensor::from<float>({2, 2}, {1, -infinity, nan, 2})) ==
             begin + ": input [0, 1] of its batch is infinite");
  // The sum of these overflows float32.
  BOOST_TEST(message(Tensor::full({2, 2}, 3e38)) == begin + "; a lower learning rate may help");
}

BOOST_AUTO_TEST_CASE(a_note_is_asked_for_after_each_epoch) {
  Scale model;
  FixedBatches source = three_samples();
  FitOptions options = quiet(2);
  options.objective = mean_pixel;
  std::vector<std::string> calls;
  options.after_epoch = [&](const EpochReport&) { calls.emplace_back("after"); };
  options.epoch_note = [&] {
    calls.emplace_back("note");
    return std::string("text");
  };
  fit(model, source, options);
  BOOST_TEST(calls == (std::vector<std::string>{"after", "note", "after", "note"}),
             boost::test_tools::per_element());
}

BOOST_AUTO_TEST_CASE(fit_trains_in_training_mode_and_refuses_what_makes_no_step) {
  Scale model;
  model.train(false);
  FixedBatches source = three_samples();
  FitOptions options = quiet(0);
  BOOST_TEST(fit(model, source, options).empty());
  BOOST_TEST(model.scale.value().item() == 1.0);
  Scale trained;
  trained.train(false);
  BOOST_TEST(fit(trained, source, quiet(1)).size() == 1U);
  BOOST_TEST(trained.training());
  BOOST_CHECK_EXCEPTION(fit(model, source, quiet(-1)), ValueError, says("and -1 epochs"));
  FitOptions negative = quiet(1);
  negative.max_gradient_norm = -1;
  BOOST_CHECK_EXCEPTION(fit(model, source, negative), ValueError, says("must not be negative"));
  FixedBatches none({});
  BOOST_CHECK_EXCEPTION(fit(model, none, quiet(1)), ValueError, says("not 0 batches"));
}

BOOST_AUTO_TEST_CASE(a_steady_step_asks_the_system_for_no_memory) {
  const int before = num_threads();
  set_num_threads(1);  // the scheduler decides how many threads hold scratch memory at once
  nn::Sequential model = small_net(Generator(3));
  data::Loader loader(digits(), loader_options());
  std::vector<std::size_t> allocations;
  FitOptions options = quiet(3);
  options.objective = [&](nn::Module& module, const Batch& batch,
                          const TrainingPosition& position) {
    allocations.push_back(allocator_statistics(Device::cpu).system_allocations);
    return cross_entropy(module, batch, position);
  };
  release_cached_memory(Device::cpu);
  fit(model, loader, options);
  set_num_threads(before);
  // An epoch has five batches, the last of another size. Only in the first epoch are they new.
  BOOST_REQUIRE(allocations.size() == 15U);
  BOOST_TEST(allocations[1] > allocations[0]);
  BOOST_TEST(allocations[5] == allocations.back());
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace credence::train
