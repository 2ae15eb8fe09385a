// Tests of runs whose loss, gradient or parameters become NaN or infinite: where they stop, what
// the error names, and what a dropped step leaves.
#include "bayes/methods/ivon_training.hpp"
#include "bayes/methods/sgmcmc.hpp"
#include "data/arrays.hpp"
#include "data/loader.hpp"
#include "framework/base/error.hpp"
#include "framework/nn/normalization.hpp"
#include "framework/ops/arithmetic.hpp"
#include "framework/ops/pointwise.hpp"
#include "framework/ops/reduce.hpp"
#include "framework/train/fit.hpp"
#include "tests/framework/training.hpp"
#include "tests/training/langevin.hpp"
#include "tests/training/lion.hpp"

#include <cmath>
#include <limits>
#include <string>
#include <utility>
#include <vector>

#include <boost/test/unit_test.hpp>

namespace credence::train {

BOOST_AUTO_TEST_SUITE(numbers_that_go_wrong)

namespace {

constexpr float kNan = std::numeric_limits<float>::quiet_NaN();

// What the objective below does to a batch, by its first target.
constexpr float kGood = 0;
constexpr float kBadLoss = 1;
constexpr float kBadGradient = 2;

Batch batch_of(float kind, std::uint64_t number) {
  return {normals({4, 3}, "inputs " + std::to_string(number)).to(DType::float32),
          Tensor::full({4}, static_cast<double>(kind))};
}

// The mean of y², to which a batch may add what is wrong. The root of 0 has a finite value and an
// infinite derivative.
Loss squares(nn::Module& model, const Batch& batch, const TrainingPosition&) {
  const Variable y = model(Variable(batch.inputs));
  Variable total = mean(square(y));
  const float kind = batch.targets.data<float>()[0];
  if (kind == kBadLoss) total = total * static_cast<double>(kNan);
  if (kind == kBadGradient) total = total + sqrt(square(sum(y - y)));
  return {total, {{.name = "part", .value = total.value(), .display = Display::number}}};
}

// With running statistics, which a forward pass changes.
nn::Sequential net() {
  const Generator generator(1);
  return nn::Sequential(nn::Linear(3, 5, {}, generator.split("first")), nn::BatchNorm1d(5),
                        nn::Activation::tanh(), nn::Linear(5, 2, {}, generator.split("second")));
}

std::vector<Tensor> state_of(nn::Module& model) {
  std::vector<Tensor> state = parameter_values(model);
  for (const nn::NamedBuffer& b : nn::buffers(model)) state.push_back(b.buffer->clone());
  return state;
}

FitOptions skipping(const optim::Factory& optimizer = optim::Adam{}) {
  return {.epochs = 1,
          .optimizer = optimizer,
          .objective = squares,
          .on_nan = OnNan::skip,
          .progress = false};
}

std::string message_of(nn::Module& model, BatchSource& source, const FitOptions& options) {
  try {
    fit(model, source, options);
  } catch (const Error& error) {
    return error.what();
  }
  return {};
}

}  // namespace

BOOST_AUTO_TEST_CASE(a_gradient_stops_the_run_in_its_step_and_is_named_by_its_path) {
  for (const double bound : {0.0, 1.0}) {
    nn::Sequential model = net();
    nn::Sequential expected = net();
    FixedBatches good({batch_of(kGood, 1)});
    FixedBatches source({batch_of(kGood, 1), batch_of(kBadGradient, 2), batch_of(kGood, 3)});
    FitOptions options = skipping();
    options.on_nan = OnNan::stop;
    options.max_gradient_norm = bound;
    fit(expected, good, options);
    BOOST_TEST(message_of(model, source, options) ==
               "[fit] the gradient's norm is not finite in epoch 1, step 2: the gradient of "
               "\"3.bias\" [2] has nan as element 0; a lower learning rate may help");
    BOOST_TEST(same_bits(parameter_values(model), parameter_values(expected)));
  }
}

BOOST_AUTO_TEST_CASE(a_loss_names_the_layer_whose_output_is_the_first_that_is_not_finite) {
  nn::Sequential model = net();
  nn::parameters(model).back().parameter->value().fill(3e38);  // y² overflows, y does not
  FixedBatches source({batch_of(kGood, 1)});
  FitOptions options = skipping();
  options.on_nan = OnNan::stop;
  BOOST_TEST(message_of(model, source, options) ==
             "[fit] the loss is not finite in epoch 1, step 1; a lower learning rate may help");
  nn::parameters(model).front().parameter->value().fill(3e38);
  BOOST_TEST(message_of(model, source, options) ==
             "[fit] the loss is not finite in epoch 1, step 1: first in the output of \"0\"; a "
             "lower learning rate may help");
}

BOOST_AUTO_TEST_CASE(the_error_names_the_last_good_state) {
  nn::Sequential model = net();
  FixedBatches source({batch_of(kGood, 1), batch_of(kGood, 2)});
  FitOptions options = skipping();
  options.on_nan = OnNan::stop;
  options.epochs = 3;
  options.state_name = "out/model.state";
  options.objective = [](nn::Module& module, const Batch& batch, const TrainingPosition& position) {
    Batch given = batch;
    if (position.step == 3) given.targets = Tensor::full({4}, static_cast<double>(kBadLoss));
    return squares(module, given, position);
  };
  BOOST_TEST(message_of(model, source, options) ==
             "[fit] the loss is not finite in epoch 2, step 4; a lower learning rate may help");
  options.save = [](const io::SafeTensors&) {};
  BOOST_TEST(message_of(model, source, options) ==
             "[fit] the loss is not finite in epoch 2, step 4; a lower learning rate may help; the "
             "last good state, after 2 steps, is in out/model.state");
}

// Whatever a dropped step has touched is as it was before it, for each optimiser of the library and
// for those of a program's own.
BOOST_AUTO_TEST_CASE(a_dropped_step_leaves_the_model_as_it_was) {
  FitOptions ivon;
  bayes::IvonTraining({.learning_rate = 0.1}).prepare(ivon);
  bayes::SgMcmcOptions dynamics = bayes::csghmc();
  dynamics.cycles = 1;
  dynamics.exploration = 0.3;
  dynamics.samples_per_cycle = 1;
  const optim::Factory optimizers[] = {optim::Sgd{},
                                       optim::Sgd{.momentum = 0.9, .dampening = 0.5},
                                       optim::Adam{.weight_decay = 0.1},
                                       optim::Adam{.amsgrad = true},
                                       Lion{},
                                       Langevin{},
                                       ivon.optimizer,
                                       bayes::sgmcmc_optimizer(dynamics)};
  for (const optim::Factory& optimizer : optimizers) {
    for (const float bad : {kBadLoss, kBadGradient}) {
      std::vector<Tensor> before;
      FitOptions options = skipping(optimizer);
      nn::Sequential model = net();
      options.stop = [&] {
        before = state_of(model);
        return true;
      };
      FixedBatches source({batch_of(kGood, 1), batch_of(bad, 2), batch_of(bad, 3)});
      BOOST_CHECK_THROW(fit(model, source, options), Interrupted);
      nn::Sequential skipped = net();
      const std::vector<EpochReport> reports = fit(skipped, source, skipping(optimizer));
      BOOST_TEST(same_bits(state_of(skipped), before));
      BOOST_TEST(reports[0].dropped_steps == 2);
    }
  }
}

// The bias corrections of Adam and the first step of dampening count the steps that were made.
BOOST_AUTO_TEST_CASE(a_run_with_dropped_steps_equals_one_without_their_batches) {
  const optim::Factory optimizers[] = {optim::Sgd{.momentum = 0.9, .dampening = 0.5},
                                       optim::Adam{.weight_decay = 0.1}, Lion{}};
  for (const optim::Factory& optimizer : optimizers) {
    nn::Sequential skipped = net();
    nn::Sequential without = net();
    FixedBatches bad({batch_of(kBadLoss, 9), batch_of(kGood, 1), batch_of(kBadGradient, 8),
                      batch_of(kGood, 2), batch_of(kGood, 3)});
    FixedBatches good({batch_of(kGood, 1), batch_of(kGood, 2), batch_of(kGood, 3)});
    const EpochReport report = fit(skipped, bad, skipping(optimizer))[0];
    const EpochReport expected = fit(without, good, skipping(optimizer))[0];
    BOOST_TEST(same_bits(state_of(skipped), state_of(without)));
    BOOST_TEST(report.loss == expected.loss);
    BOOST_TEST((report.monitors == expected.monitors));
    BOOST_TEST(report.dropped_steps == 2);
    BOOST_TEST(expected.dropped_steps == 0);
  }
}

BOOST_AUTO_TEST_CASE(all_batches_of_a_dropped_step_are_dropped) {
  nn::Sequential skipped = net();
  nn::Sequential without = net();
  FixedBatches bad({batch_of(kGood, 1), batch_of(kGood, 2), batch_of(kBadLoss, 8),
                    batch_of(kGood, 9), batch_of(kGood, 3)});
  FixedBatches good({batch_of(kGood, 1), batch_of(kGood, 2), batch_of(kGood, 3)});
  FitOptions options = skipping();
  options.accumulate = 2;
  const EpochReport report = fit(skipped, bad, options)[0];
  const EpochReport expected = fit(without, good, options)[0];
  BOOST_TEST(same_bits(state_of(skipped), state_of(without)));
  BOOST_TEST(report.loss == expected.loss);
  BOOST_TEST(report.dropped_steps == 1);
}

BOOST_AUTO_TEST_CASE(a_resumed_run_with_dropped_steps_equals_one_without_interruption) {
  const auto source = [] {
    return FixedBatches({batch_of(kBadLoss, 9), batch_of(kGood, 1), batch_of(kBadGradient, 8),
                         batch_of(kGood, 2), batch_of(kGood, 3)});
  };
  FitOptions ivon;
  bayes::IvonTraining({.learning_rate = 0.1}).prepare(ivon);
  for (const optim::Factory& optimizer : {optim::Factory(optim::Adam{}), ivon.optimizer}) {
    FitOptions options = skipping(optimizer);
    options.epochs = 2;
    options.schedule = optim::cosine(2);
    FixedBatches whole_source = source();
    nn::Sequential whole = net();
    const std::vector<EpochReport> expected = fit(whole, whole_source, options);
    for (int steps = 1; steps <= 10; ++steps) {
      FitOptions first = options;
      io::SafeTensors state;
      first.stop = [asked = 0, steps]() mutable { return ++asked == steps; };
      first.save = [&](const io::SafeTensors& given) {
        state = {{}, given.metadata};
        for (const NamedTensor& own : given.tensors) {
          state.tensors.push_back({own.name, own.tensor.clone()});
        }
      };
      nn::Sequential model = net();
      FixedBatches batches = source();
      BOOST_CHECK_THROW(fit(model, batches, first), Interrupted);
      FitOptions rest = options;
      rest.resume = state;
      nn::Sequential resumed = net();
      const std::vector<EpochReport> reports = fit(resumed, batches, rest);
      BOOST_TEST(same_bits(state_of(resumed), state_of(whole)), steps);
      for (std::size_t epoch = 0; epoch < 2; ++epoch) {
        BOOST_TEST(reports[epoch].loss == expected[epoch].loss);
        BOOST_TEST((reports[epoch].monitors == expected[epoch].monitors));
        BOOST_TEST(reports[epoch].dropped_steps == 2);
      }
    }
  }
}

BOOST_AUTO_TEST_CASE(an_epoch_of_dropped_steps_alone_is_an_error) {
  nn::Sequential model = net();
  FixedBatches source({batch_of(kBadLoss, 1), batch_of(kBadLoss, 2)});
  BOOST_TEST(message_of(model, source, skipping()) ==
             "[fit] all 2 steps of epoch 1 were dropped, because the loss or the gradient was not "
             "finite; a lower learning rate may help");
}

// No step can be made from such parameters, so that dropping steps would be of no use.
BOOST_AUTO_TEST_CASE(parameters_that_are_not_finite_stop_a_run_that_skips) {
  nn::Sequential model = net();
  FixedBatches source({batch_of(kGood, 1), batch_of(kGood, 2)});
  FitOptions options = skipping(optim::Sgd{.learning_rate = 1e300});
  options.optimizer = optim::Sgd{.learning_rate = 3e38};
  options.objective = [](nn::Module& module, const Batch& batch, const TrainingPosition& position) {
    Loss loss = squares(module, batch, position);
    return Loss{loss.total * 1e6};
  };
  const std::string message = message_of(model, source, options);
  BOOST_TEST(message.find("as element") != std::string::npos, message);
  BOOST_TEST(message.find("after step 1, in epoch 1") != std::string::npos, message);
}

BOOST_AUTO_TEST_CASE(a_model_with_another_number_of_classes_is_refused_before_the_first_step) {
  const data::Dataset dataset =
      data::arrays(Tensor::full({4, 3}, 1), Tensor::from<std::int64_t>({4}, {0, 1, 2, 1}));
  for (const std::int64_t outputs : {2, 5}) {
    nn::Linear model(3, outputs, {}, Generator(1));
    const std::vector<Tensor> before = parameter_values(model);
    data::Loader source(dataset, {.batch_size = 1});
    // The label of the first batch is one that both have.
    BOOST_TEST(message_of(model, source, {.epochs = 1, .progress = false}) ==
               "[fit] the data have 3 classes, the model's outputs are scores of " +
                   std::to_string(outputs) +
                   "; give the model as many outputs as there are classes");
    BOOST_TEST(same_bits(parameter_values(model), before));
  }
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace credence::train
