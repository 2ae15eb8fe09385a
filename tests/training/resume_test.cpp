// Tests of runs of fit that are interrupted and resumed from their state.
#include "bayes/elbo.hpp"
#include "bayes/layers/layers.hpp"
#include "bayes/posterior/gaussian.hpp"
#include "data/loader.hpp"
#include "data/synthetic_digits.hpp"
#include "framework/nn/dropout.hpp"
#include "framework/nn/normalization.hpp"
#include "framework/train/fit.hpp"
#include "framework/train/weight_average.hpp"
#include "tests/data/temporary_folder.hpp"
#include "tests/framework/training.hpp"
#include "tests/training/langevin.hpp"
#include "tests/training/lion.hpp"

#include <limits>
#include <string>
#include <utility>
#include <vector>

#include <boost/test/unit_test.hpp>

namespace credence::train {

BOOST_AUTO_TEST_SUITE(resume)

namespace {

constexpr std::int64_t kEpochs = 3;
constexpr std::int64_t kBatches = 3;  // of 64, 64 and 32 images
// The number of times that a run asks whether to stop: after each step and between epochs.
constexpr int kQuestions = kEpochs * kBatches + kEpochs - 1;

// A model with every kind of state: parameters, running statistics, and noise of weights and of
// dropout.
nn::Sequential model_of(std::uint64_t seed) {
  const Generator generator(seed);
  return nn::Sequential(
      bayes::BayesianConv2d(1, 3, {.kernel = 5, .stride = 3}, bayes::VariationalDropout{},
                            generator.split("conv")),
      nn::BatchNorm2d(3), nn::Activation::relu(), nn::Flatten(),
      nn::Dropout(0.2, generator.split("dropout")),
      bayes::BayesianLinear(3 * 8 * 8, 10, {}, bayes::Gaussian{}, generator.split("linear")));
}

data::Loader images(int workers = 0) {
  static const data::Dataset dataset =
      data::synthetic_digits(160, Generator(1), data::Split::train);
  return data::Loader(dataset, {.batch_size = 64,
                                .shuffle = true,
                                .generator = Generator(7),
                                .workers = workers,
                                .transform = {.random_crop = data::RandomCrop{.padding = 2}}});
}

FitOptions options_of(const optim::Factory& optimizer) {
  return {.epochs = kEpochs,
          .optimizer = optimizer,
          .schedule = optim::cosine(2),
          .max_gradient_norm = 300,
          .objective = bayes::Elbo{.temperature = 0.5, .warm_up = 0.6},
          .progress = false};
}

const optim::Factory kAdam = optim::Adam{.learning_rate = 1e-2, .weight_decay = 1e-3};
const optim::Factory kMomentum = optim::Sgd{.learning_rate = 1e-5, .momentum = 0.9};
// A program's own. The second one draws noise.
const optim::Factory kLion = Lion{.learning_rate = 1e-3, .weight_decay = 1e-2};
const optim::Factory kLangevin = Langevin{.learning_rate = 1e-6, .generator = Generator(8)};

std::vector<Tensor> state_of(nn::Module& model) {
  std::vector<Tensor> state = parameter_values(model);
  for (const nn::NamedBuffer& b : nn::buffers(model)) state.push_back(b.buffer->clone());
  return state;
}

// The result of a run.
struct Outcome {
  std::vector<Tensor> model;
  std::vector<EpochReport> reports;
};

Outcome uninterrupted(const optim::Factory& optimizer) {
  nn::Sequential model = model_of(3);
  data::Loader source = images();
  std::vector<EpochReport> reports = fit(model, source, options_of(optimizer));
  return {state_of(model), std::move(reports)};
}

void check_same(const Outcome& actual, const Outcome& expected) {
  BOOST_TEST(same_bits(actual.model, expected.model));
  BOOST_REQUIRE(actual.reports.size() == expected.reports.size());
  for (std::size_t i = 0; i < expected.reports.size(); ++i) {
    const EpochReport& report = actual.reports[i];
    BOOST_TEST(report.epoch == expected.reports[i].epoch);
    BOOST_TEST(report.epochs == expected.reports[i].epochs);
    BOOST_TEST(report.loss == expected.reports[i].loss);
    BOOST_TEST(report.learning_rate == expected.reports[i].learning_rate);
    BOOST_TEST(report.seconds > 0);
    BOOST_TEST(report.samples_per_second > 0);
    BOOST_TEST((report.monitors == expected.reports[i].monitors));
  }
}

// A run whose state goes through a file.
class Attempt {
 public:
  explicit Attempt(const optim::Factory& optimizer) : options(options_of(optimizer)) {
    options.save = [this](const io::SafeTensors& state) {
      ++saved;
      io::save_safetensors(file, state.tensors, state.metadata);
    };
  }

  void stop_after(int steps) {
    options.stop = [steps, asked = 0]() mutable { return ++asked == steps; };
  }
  void go_on() { options.resume = io::load_safetensors(file); }
  // Uses a new model, as a new process does.
  Outcome run(int workers = 0) {
    nn::Sequential model = model_of(3);
    data::Loader source = images(workers);
    std::vector<EpochReport> reports = fit(model, source, options);
    return {state_of(model), std::move(reports)};
  }

  FitOptions options;
  int saved = 0;
  test::TemporaryFolder folder{};
  std::filesystem::path file = folder.path() / "state.safetensors";
};

// The state of a run that was stopped after this number of steps of the first epoch.
io::SafeTensors stopped_after(int steps) {
  Attempt attempt(kAdam);
  attempt.stop_after(steps);
  BOOST_CHECK_EXCEPTION(attempt.run(), Interrupted,
                        says("[fit] interrupted after " + std::to_string(steps) + " of 9 steps"));
  return io::load_safetensors(attempt.file);
}

void check_refused(const io::SafeTensors& state, nn::Module& model, const FitOptions& options,
                   const std::string& why) {
  data::Loader source = images();
  const std::vector<Tensor> before = state_of(model);
  FitOptions resumed = options;
  resumed.resume = state;
  BOOST_CHECK_EXCEPTION(fit(model, source, resumed), ValueError,
                        says("[fit] the state to go on from " + why));
  BOOST_TEST(same_bits(state_of(model), before), why);
}

}  // namespace

namespace {

// Adds up the first parameter, weighted by the number of the step.
class WeightedSum : public Observer {
 public:
  std::string name() const override { return "sum"; }
  void after_step(nn::Module& model, const TrainingPosition& position) override {
    const std::vector<float> values =
        nn::parameters(model)[0].parameter->value().to_vector<float>();
    for (const float value : values) {
      *sum.data<double>() += static_cast<double>(position.step + 1) * static_cast<double>(value);
    }
  }
  std::vector<NamedTensor> state() const override { return {{"total", sum}}; }
  void restore(const io::SafeTensors& state) override {
    BOOST_REQUIRE(state.tensors.size() == 1U);
    sum.copy_from(*state.find("total"));
  }

  Tensor sum = Tensor::zeros({1}, DType::float64);
};

}  // namespace

BOOST_AUTO_TEST_CASE(an_observer_sees_every_step_once_in_a_resumed_run) {
  const auto sum_of = [](std::optional<int> stop) {
    Attempt attempt(kAdam);
    if (stop) {
      attempt.options.observers = {std::make_shared<WeightedSum>()};
      attempt.stop_after(*stop);
      BOOST_CHECK_THROW(attempt.run(), Interrupted);
      attempt.go_on();
    }
    const auto observer = std::make_shared<WeightedSum>();
    attempt.options.observers = {observer};
    attempt.run();
    return observer->sum.item();
  };
  const double expected = sum_of(std::nullopt);
  BOOST_TEST(expected != 0);
  for (const int stop : {1, 3, 4, 8}) BOOST_TEST(sum_of(stop) == expected);
}

BOOST_AUTO_TEST_CASE(a_resumed_run_averages_the_same_weights) {
  Attempt whole(kAdam);
  whole.options.observers = {std::make_shared<WeightAverage>(0.4)};
  const Outcome expected = whole.run();
  // Before the average begins (at step 4), within it, and between epochs.
  for (const int stop : {2, 6, 8, 10}) {
    Attempt attempt(kAdam);
    attempt.options.observers = {std::make_shared<WeightAverage>(0.4)};
    attempt.stop_after(stop);
    BOOST_CHECK_THROW(attempt.run(), Interrupted);
    attempt.go_on();
    attempt.options.observers = {std::make_shared<WeightAverage>(0.4)};
    check_same(attempt.run(), expected);
  }
}

BOOST_AUTO_TEST_CASE(a_resumed_run_equals_an_uninterrupted_one) {
  // Adam at every question, the others at every third.
  for (const auto& [optimizer, stride] : std::vector<std::pair<optim::Factory, int>>{
           {kAdam, 1}, {kMomentum, 3}, {kLion, 3}, {kLangevin, 3}}) {
    const Outcome expected = uninterrupted(optimizer);
    for (int k = 1; k <= kQuestions; k += stride) {
      BOOST_TEST_CONTEXT("interrupted at question " << k) {
        Attempt attempt(optimizer);
        attempt.stop_after(k);
        BOOST_CHECK_THROW(attempt.run(), Interrupted);
        attempt.go_on();
        check_same(attempt.run(), expected);
      }
    }
  }
}

BOOST_AUTO_TEST_CASE(a_run_that_is_interrupted_at_every_step_comes_to_the_same_end) {
  Attempt attempt(kAdam);
  attempt.options.stop = [] { return true; };
  int interruptions = 0;
  Outcome outcome;
  for (bool done = false; !done;) {
    try {
      outcome = attempt.run(interruptions % 3);
      done = true;
    } catch (const Interrupted&) {
      ++interruptions;
      attempt.go_on();
    }
    BOOST_REQUIRE(interruptions <= kQuestions);
  }
  BOOST_TEST(interruptions == kQuestions);
  check_same(outcome, uninterrupted(kAdam));
}

namespace {

// The validation score of an epoch, as a run of its own would measure it.
void score(EpochReport& report) {
  const std::vector<double> nll{0.5, 0.75, 0.625};
  report.validation =
      classification_metrics(8, 0.5, nll.at(static_cast<std::size_t>(report.epoch)));
}

// Steps of two batches, a plateau, the best model, and an early end after the third epoch of four.
FitOptions watched_options() {
  FitOptions options = options_of(kAdam);
  options.epochs = 4;
  options.plateau = optim::Plateau{.factor = 0.5, .patience = 0};
  options.accumulate = 2;
  options.after_epoch = score;
  options.watch = {"validation nll"};
  options.early_stopping = EarlyStopping{.patience = 2};
  options.keep_best = true;
  return options;
}

}  // namespace

BOOST_AUTO_TEST_CASE(a_resumed_run_that_watches_a_figure_equals_an_uninterrupted_one) {
  nn::Sequential model = model_of(3);
  data::Loader source = images();
  std::vector<EpochReport> reports = fit(model, source, watched_options());
  BOOST_TEST(reports.size() == 3U);
  // The schedule falls, and the plateau halves it.
  BOOST_TEST(reports[2].learning_rate < 0.5 * 1e-2);
  const Outcome expected{state_of(model), std::move(reports)};
  // After each of two steps an epoch and between the epochs; at question 9 the run is over.
  for (int k = 1; k <= 8; ++k) {
    BOOST_TEST_CONTEXT("interrupted at question " << k) {
      Attempt attempt(kAdam);
      const auto save = attempt.options.save;
      attempt.options = watched_options();
      attempt.options.save = save;
      attempt.stop_after(k);
      BOOST_CHECK_THROW(attempt.run(), Interrupted);
      attempt.go_on();
      check_same(attempt.run(), expected);
      // The finished run's state leads to the same end without a step.
      attempt.go_on();
      check_same(attempt.run(), expected);
    }
  }
}

BOOST_AUTO_TEST_CASE(a_state_without_what_is_watched_is_refused) {
  const io::SafeTensors state = stopped_after(2);
  nn::Sequential model = model_of(3);
  FitOptions options = options_of(kAdam);
  options.keep_best = true;
  check_refused(state, model, options, "has no tensor \"run.watched\"");
  options.keep_best = false;
  options.accumulate = 2;
  check_refused(state, model, options, "is of a run with 1 batches in a step, not 2");
}

BOOST_AUTO_TEST_CASE(an_interrupted_evaluation_is_made_again) {
  Attempt attempt(kAdam);
  std::vector<std::int64_t> evaluated;
  bool interrupted = false;
  attempt.options.after_epoch = [&](const EpochReport& report) {
    if (report.epoch == 1 && !interrupted) {
      interrupted = true;
      throw Interrupted("in the evaluation");
    }
    evaluated.push_back(report.epoch);
  };
  BOOST_CHECK_EXCEPTION(attempt.run(), Interrupted, says("in the evaluation"));
  BOOST_TEST(attempt.saved == 2);
  // The three steps of the epoch are not repeated.
  int steps = 0;
  const Objective objective = attempt.options.objective;
  attempt.options.objective = [&](nn::Module& model, const Batch& batch,
                                  const TrainingPosition& position) {
    ++steps;
    return objective(model, batch, position);
  };
  attempt.go_on();
  check_same(attempt.run(), uninterrupted(kAdam));
  BOOST_TEST(steps == kBatches);
  BOOST_TEST(evaluated == (std::vector<std::int64_t>{0, 1, 2}), boost::test_tools::per_element());
}

BOOST_AUTO_TEST_CASE(the_state_is_saved_after_each_epoch_and_trains_nothing_at_the_end) {
  Attempt attempt(kAdam);
  const Outcome expected = attempt.run();
  BOOST_TEST(attempt.saved == kEpochs);
  attempt.go_on();
  attempt.options.stop = [] { return true; };
  attempt.options.objective = [](nn::Module&, const Batch&, const TrainingPosition&) -> Loss {
    throw std::logic_error("a step was made");
  };
  check_same(attempt.run(), expected);
}

BOOST_AUTO_TEST_CASE(nothing_is_lost_where_the_last_epoch_is_the_one_to_stop_after) {
  Attempt attempt(kAdam);
  attempt.options.stop = [&] { return attempt.saved == kEpochs; };
  check_same(attempt.run(), uninterrupted(kAdam));
}

BOOST_AUTO_TEST_CASE(tensors_and_text_of_the_caller_are_left_alone) {
  Attempt attempt(kAdam);
  attempt.stop_after(5);
  BOOST_CHECK_THROW(attempt.run(), Interrupted);
  attempt.go_on();
  attempt.options.resume->tensors.push_back({"chosen.weight", Tensor::zeros({3})});
  attempt.options.resume->metadata["seed"] = "3";
  check_same(attempt.run(), uninterrupted(kAdam));
}

BOOST_AUTO_TEST_CASE(a_state_of_another_run_is_refused) {
  const io::SafeTensors state = stopped_after(2);
  nn::Sequential same = model_of(3);
  FitOptions longer = options_of(kAdam);
  longer.epochs = 4;
  check_refused(state, same, longer,
                "is of a run of 3 epochs with 3 batches each, not of 4 with 3");
  check_refused(state, same, options_of(kMomentum), "has no tensor \"optimizer.velocity\"");
  check_refused(state, same, options_of(optim::Sgd{}), "has \"optimizer.mean\", which this run");
  nn::Sequential other_seed = model_of(4);
  check_refused(state, other_seed, options_of(kAdam), "has another key for \"noise.0.noise\"");
  nn::Sequential other = small_net(Generator(3));
  check_refused(state, other, options_of(kAdam), "has no tensor \"model.");
  check_refused({}, same, options_of(kAdam), "has no tensor \"run.position\"");
}

BOOST_AUTO_TEST_CASE(a_damaged_state_is_refused) {
  nn::Sequential model = model_of(3);
  const auto check = [&](const std::string& name, const Tensor& value, const std::string& why) {
    io::SafeTensors state = stopped_after(2);
    for (io::NamedTensor& stored : state.tensors) {
      if (stored.name == name) stored.tensor = value;
    }
    check_refused(state, model, options_of(kAdam), why);
  };
  check("run.position", Tensor::from<std::int64_t>({5}, {3, 3, 4, 0, 0}), "is at a place");
  check("run.position", Tensor::from<std::int64_t>({5}, {3, 3, 0, -1, 0}), "is at a place");
  check("run.position", Tensor::from<std::int64_t>({5}, {3, 3, 2, 0, 0}),
        "has \"run.reports\" as float64 [0, 8], this run needs float64 [2, 8]");
  constexpr std::int64_t kMost = std::numeric_limits<std::int64_t>::max();
  for (const std::int64_t count : {std::int64_t{-1}, kMost}) {
    const std::string counts = "counts " + std::to_string(count);
    check("run.position", Tensor::from<std::int64_t>({5}, {3, 3, 0, 2, count}),
          counts + " samples");
    check("optimizer.steps", Tensor::from<std::int64_t>({1}, {count}), counts + " steps");
  }
  check("run.sums", Tensor::zeros({2}, DType::float64), "has \"run.sums\" as float64 [2]");
  check("model.1.running_var", Tensor::zeros({4}), "has \"model.1.running_var\" as float32 [4]");
  io::SafeTensors nameless = stopped_after(2);
  nameless.metadata.clear();
  check_refused(nameless, model, options_of(kAdam), "does not name its monitors");
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace credence::train
