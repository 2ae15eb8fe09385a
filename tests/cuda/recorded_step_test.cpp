// Tests of recorded training steps: they give the same numbers as steps that run directly.
#include "framework/train/recorded_step.hpp"

#include "bayes/elbo.hpp"
#include "bayes/layers/layers.hpp"
#include "framework/base/error.hpp"
#include "framework/dispatch/kernels.hpp"
#include "framework/nn/activation.hpp"
#include "framework/nn/dropout.hpp"
#include "framework/nn/flatten.hpp"
#include "framework/nn/layers.hpp"
#include "framework/nn/normalization.hpp"
#include "framework/nn/sequential.hpp"
#include "framework/train/fit.hpp"
#include "tests/cuda/agreement.hpp"
#include "tests/framework/stderr_text.hpp"
#include "tests/framework/support.hpp"
#include "tests/training/langevin.hpp"
#include "tests/training/lion.hpp"

#include <cmath>

namespace credence {

BOOST_AUTO_TEST_SUITE(device_recorded_step)

namespace {

// Five batches of noise with labels, the last one shorter.
class Noise : public train::BatchSource {
 public:
  std::int64_t samples() const override { return 14; }
  std::int64_t batches() const override { return 5; }
  void start_epoch(std::int64_t) override { next_ = 0; }
  bool next(train::Batch& batch) override {
    if (next_ == 5) return false;
    const std::int64_t size = ++next_ == 5 ? 2 : 3;
    batch.inputs = draws({size, 1, 4, 4}, static_cast<std::uint64_t>(next_)).to(DType::float32);
    batch.targets = Tensor::full({size}, static_cast<double>(next_), DType::int64);
    return true;
  }

 private:
  std::int64_t next_ = 0;
};

// The same, and nothing of the device's memory is cached when an epoch or a step begins.
class NoiseWithoutCache : public Noise {
 public:
  void start_epoch(std::int64_t epoch) override {
    release_cached_memory(Device::cuda);
    Noise::start_epoch(epoch);
  }
  bool next(train::Batch& batch) override {
    release_cached_memory(Device::cuda);
    return Noise::next(batch);
  }
};

struct Trained {
  std::vector<train::EpochReport> reports;
  std::vector<Tensor> state;  ///< parameters and buffers
};

nn::Sequential frequentist() {
  const Generator generator(1);
  return nn::Sequential(nn::Flatten(), nn::Linear(16, 8, {}, generator.split("first")),
                        nn::BatchNorm1d(8), nn::Activation::relu(),
                        nn::Dropout(0.25, generator.split("dropout")),
                        nn::Linear(8, 10, {}, generator.split("second")));
}

nn::Sequential bayesian() {
  const Generator generator(1);
  return nn::Sequential(
      nn::Flatten(), bayes::BayesianLinear(16, 8, {}, {}, generator.split("first")),
      nn::Activation::softplus(), bayes::BayesianLinear(8, 10, {}, {}, generator.split("second")));
}

template <class Source = Noise>
Trained trained(nn::Sequential model, const train::Objective& objective, bool cuda_graph,
                const optim::Factory& optimizer) {
  nn::move_to(model, Device::cuda);
  Source source;
  Trained result;
  result.reports = train::fit(model, source,
                              {.epochs = 3,
                               .optimizer = optimizer,
                               .schedule = optim::cosine(),
                               .max_gradient_norm = 5,
                               .objective = objective,
                               .cuda_graph = cuda_graph,
                               .progress = false});
  for (const nn::NamedParameter& p : nn::parameters(model)) {
    result.state.push_back(p.parameter->value().to(Device::cpu));
  }
  for (const nn::NamedBuffer& b : nn::buffers(model)) {
    result.state.push_back(b.buffer->to(Device::cpu));
  }
  return result;
}

template <class Source = Noise>
void check_same(nn::Sequential (*model)(), const train::Objective& objective,
                const optim::Factory& optimizer = optim::Adam{.learning_rate = 1e-3}) {
  const Trained direct = trained(model(), objective, false, optimizer);
  const Trained replayed = trained<Source>(model(), objective, true, optimizer);
  for (std::size_t i = 0; i < direct.state.size(); ++i) {
    BOOST_TEST(largest_difference(replayed.state[i], direct.state[i]) == 0, i);
  }
  for (std::size_t epoch = 0; epoch < direct.reports.size(); ++epoch) {
    BOOST_TEST(replayed.reports[epoch].loss == direct.reports[epoch].loss);
    BOOST_TEST((replayed.reports[epoch].monitors == direct.reports[epoch].monitors));
  }
}

// A batch whose images count the calls, and a step that adds them up.
struct Counting {
  train::Batch batch{Tensor::full({1, 1}, 1, DType::float32, Device::cuda),
                     Tensor::zeros({1}, DType::int64, Device::cuda)};
  Tensor sum = Tensor::zeros({1}, DType::float32, Device::cuda);
  int calls = 0;
  bool repeats = true;

  bool operator()(const train::Batch& given) {
    ++calls;
    const Addition<float> addition{1, given.inputs.data<float>(), sum.data<float>()};
    kernels<float>(Device::cuda).accumulate({&addition, 1});
    return repeats;
  }
};

BOOST_AUTO_TEST_CASE(replayed_training_has_the_bits_of_training_as_written) {
  if (no_device()) return;
  check_same(&frequentist, train::cross_entropy);
  check_same(&bayesian, bayes::Elbo{.temperature = 1e-4, .samples = 2});
}

// What a replay touches is alive: an address that a free block happens to have would be another
// one's, or nobody's.
BOOST_AUTO_TEST_CASE(replayed_training_needs_no_block_that_is_free) {
  if (no_device()) return;
  check_same<NoiseWithoutCache>(&frequentist, train::cross_entropy);
  check_same<NoiseWithoutCache>(&bayesian, bayes::Elbo{.temperature = 1e-4, .samples = 2});
}

BOOST_AUTO_TEST_CASE(groups_and_optimizers_of_a_program_are_replayed_too) {
  if (no_device()) return;
  for (const optim::Factory& optimizer :
       {optim::Factory(optim::Adam{.weight_decay = 0.1, .groups = {.bias = {.learning_rate = 2}}}),
        optim::Factory(Lion{.learning_rate = 1e-3, .weight_decay = 0.1}),
        optim::Factory(Langevin{.learning_rate = 1e-3, .generator = Generator(3)})}) {
    check_same(&frequentist, train::cross_entropy, optimizer);
    check_same(&bayesian, bayes::Elbo{.temperature = 1e-4, .samples = 1}, optimizer);
  }
}

// The work of Lion's and Langevin's updates is on the device alone.
BOOST_AUTO_TEST_CASE(an_optimizer_of_a_program_is_recorded) {
  if (no_device()) return;
  for (const optim::Factory& factory :
       {optim::Factory(Lion{}), optim::Factory(Langevin{.generator = Generator(3)})}) {
    nn::Sequential model = frequentist();
    nn::move_to(model, Device::cuda);
    const auto optimizer = optim::make_optimizer(model, factory);
    train::RecordedStep recorded(model, true, optimizer->generators());
    Counting step;
    for (int i = 0; i < 4; ++i) {
      optimizer->begin_step();
      recorded.run(step.batch, [&](const train::Batch& batch) {
        step(batch);
        optimizer->update();
        return optimizer->repeats();
      });
    }
    BOOST_TEST(recorded.recorded());
    BOOST_TEST(step.calls == 2);
    for (const nn::NamedGenerator& own : optimizer->generators()) {
      BOOST_TEST(own.generator->draws() == 4U);
    }
  }
}

// A regression's step has other monitors, and targets that are numbers.
BOOST_AUTO_TEST_CASE(the_squared_error_is_replayed_with_its_monitors) {
  if (no_device()) return;
  const auto squared = [](nn::Module& model, const train::Batch& batch,
                          const train::TrainingPosition& position) {
    const train::Batch numbers{
        batch.inputs, Tensor::full({batch.samples(), 10}, 0.5, DType::float32, Device::cuda)};
    return train::mean_squared_error(model, numbers, position);
  };
  check_same(&frequentist, squared);
}

BOOST_AUTO_TEST_CASE(a_rising_weight_of_the_divergence_is_waited_for) {
  if (no_device()) return;
  check_same(&bayesian, bayes::Elbo{.temperature = 1e-4, .warm_up = 0.5});
}

BOOST_AUTO_TEST_CASE(the_second_step_is_recorded_and_later_ones_replayed) {
  if (no_device()) return;
  nn::Sequential model = frequentist();
  nn::move_to(model, Device::cuda);
  train::RecordedStep recorded(model, true);
  Counting step;
  recorded.run(step.batch, step);
  BOOST_TEST(!recorded.recorded());
  for (int i = 0; i < 4; ++i) recorded.run(step.batch, step);
  BOOST_TEST(recorded.recorded());
  BOOST_TEST(step.calls == 2);
  BOOST_TEST(step.sum.item() == 5);
  // A batch of another shape runs directly and does not change the recorded step.
  const train::Batch wide{Tensor::full({2, 1}, 10, DType::float32, Device::cuda),
                          Tensor::zeros({2}, DType::int64, Device::cuda)};
  recorded.run(wide, step);
  recorded.run(step.batch, step);
  BOOST_TEST(step.calls == 3);
  BOOST_TEST(step.sum.item() == 16);
}

BOOST_AUTO_TEST_CASE(steps_that_change_are_never_recorded) {
  if (no_device()) return;
  nn::Sequential model = frequentist();
  nn::move_to(model, Device::cuda);
  train::RecordedStep recorded(model, true);
  Counting step{.repeats = false};
  for (int i = 0; i < 4; ++i) recorded.run(step.batch, step);
  BOOST_TEST(!recorded.recorded());
  BOOST_TEST(step.calls == 4);
}

BOOST_AUTO_TEST_CASE(a_step_that_looks_at_its_numbers_runs_as_it_is_written) {
  if (no_device()) return;
  nn::Sequential model = bayesian();
  nn::move_to(model, Device::cuda);
  Generator& generator = *nn::generators(model).front().generator;
  train::RecordedStep recorded(model, true);
  Counting step;
  double seen = 0;
  for (int i = 0; i < 4; ++i) {
    recorded.run(step.batch, [&](const train::Batch& batch) {
      generator.next();
      const bool repeats = step(batch);
      seen += batch.inputs.item();
      return repeats;
    });
  }
  BOOST_TEST(!recorded.recorded());
  BOOST_TEST(seen == 4);
  BOOST_TEST(step.sum.item() == 4);
  BOOST_TEST(generator.draws() == 4U);
}

BOOST_AUTO_TEST_CASE(layers_that_draw_apart_are_not_replayed) {
  if (no_device()) return;
  nn::Sequential model = bayesian();
  nn::move_to(model, Device::cuda);
  const std::vector<nn::NamedGenerator> generators = nn::generators(model);
  train::RecordedStep recorded(model, true);
  Counting step;
  for (int i = 0; i < 4; ++i) {
    recorded.run(step.batch, [&](const train::Batch& batch) {
      generators[0].generator->next();
      generators[1].generator->seek(generators[1].generator->draws() + 2);
      return step(batch);
    });
  }
  BOOST_TEST(!recorded.recorded());
  BOOST_TEST(step.sum.item() == 4);
  BOOST_TEST(generators[0].generator->draws() == 4U);
  BOOST_TEST(generators[1].generator->draws() == 8U);
}

// The lines on stderr of a training of three epochs on the device, by `objective`.
std::string lines_of(const train::Objective& objective, bool progress = true) {
  nn::Sequential model = bayesian();
  nn::move_to(model, Device::cuda);
  Noise source;
  return test::on_stderr([&] {
    train::fit(model, source, {.epochs = 3, .objective = objective, .progress = progress});
  });
}

BOOST_AUTO_TEST_CASE(training_says_once_why_its_step_is_not_recorded) {
  if (no_device()) return;
  const auto reading = [](nn::Module& model, const train::Batch& batch,
                          const train::TrainingPosition& position) {
    const train::Loss loss = bayes::Elbo{}(model, batch, position);
    loss.total.value().item();
    return loss;
  };
  const std::string line =
      "training  the step could not be recorded and runs kernel by kernel: [copy] is not possible "
      "while work on the device is being recorded\n";
  const std::string text = lines_of(reading);
  const std::size_t first = text.find(line);
  BOOST_TEST_REQUIRE(first != std::string::npos, text);
  BOOST_TEST(text.find("could not be recorded", first + line.size()) == std::string::npos, text);
  BOOST_TEST(lines_of(reading, false).empty());
  BOOST_TEST(lines_of(bayes::Elbo{}).find("recorded") == std::string::npos);
}

BOOST_AUTO_TEST_CASE(training_says_that_its_layers_draw_apart) {
  if (no_device()) return;
  const auto uneven = [](nn::Module& model, const train::Batch& batch,
                         const train::TrainingPosition& position) {
    // One layer draws once more in each call.
    const std::vector<nn::NamedGenerator> generators = nn::generators(model);
    generators[0].generator->next();
    return bayes::Elbo{}(model, batch, position);
  };
  const std::string text = lines_of(uneven);
  BOOST_TEST(text.find("runs kernel by kernel: its layers draw noise different numbers of times") !=
                 std::string::npos,
             text);
}

BOOST_AUTO_TEST_CASE(a_loss_that_is_not_finite_is_found_after_the_epoch_with_its_step) {
  if (no_device()) return;
  nn::Sequential model = frequentist();
  nn::move_to(model, Device::cuda);
  nn::parameters(model).back().parameter->value().fill(NAN);
  Noise source;
  BOOST_CHECK_EXCEPTION(train::fit(model, source, {.epochs = 2, .progress = false}), Error,
                        says("[fit] the loss is not finite in epoch 1, step 1"));
}

// In batch `number` of each epoch one pixel is NaN.
class SpoiledNoise : public Noise {
 public:
  explicit SpoiledNoise(std::int64_t number) : number_(number) {}
  void start_epoch(std::int64_t epoch) override {
    Noise::start_epoch(epoch);
    given_ = 0;
  }
  bool next(train::Batch& batch) override {
    if (!Noise::next(batch)) return false;
    if (++given_ == number_) batch.inputs.data<float>()[5] = NAN;
    return true;
  }

 private:
  std::int64_t number_;
  std::int64_t given_ = 0;
};

BOOST_AUTO_TEST_CASE(the_step_that_went_wrong_is_named_after_later_steps) {
  if (no_device()) return;
  for (const bool recorded : {false, true}) {
    nn::Sequential model = frequentist();
    nn::move_to(model, Device::cuda);
    SpoiledNoise source(4);
    BOOST_CHECK_EXCEPTION(
        train::fit(model, source, {.epochs = 2, .cuda_graph = recorded, .progress = false}), Error,
        says("[fit] the loss is not finite in epoch 1, step 4; a lower learning rate may help, "
             "unless inputs of that step were not finite"));
  }
}

BOOST_AUTO_TEST_CASE(a_dropped_step_of_a_recorded_run_is_that_of_a_run_as_written) {
  if (no_device()) return;
  const auto trained = [](bool recorded) {
    nn::Sequential model = frequentist();
    nn::move_to(model, Device::cuda);
    SpoiledNoise source(4);
    const auto reports = train::fit(
        model, source,
        {.epochs = 2, .on_nan = train::OnNan::skip, .cuda_graph = recorded, .progress = false});
    for (const train::EpochReport& report : reports) BOOST_TEST(report.dropped_steps == 1);
    Trained result{reports, {}};
    for (const nn::NamedParameter& p : nn::parameters(model)) {
      result.state.push_back(p.parameter->value().to(Device::cpu));
    }
    for (const nn::NamedBuffer& b : nn::buffers(model)) {
      result.state.push_back(b.buffer->to(Device::cpu));
    }
    return result;
  };
  const Trained direct = trained(false);
  const Trained replayed = trained(true);
  for (std::size_t i = 0; i < direct.state.size(); ++i) {
    BOOST_TEST(largest_difference(replayed.state[i], direct.state[i]) == 0, i);
    for (const double value : direct.state[i].to_vector<double>()) BOOST_TEST(std::isfinite(value));
  }
  for (std::size_t epoch = 0; epoch < 2; ++epoch) {
    BOOST_TEST(replayed.reports[epoch].loss == direct.reports[epoch].loss);
  }
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace
}  // namespace credence
