// Tests of whole training steps of a Bayesian model: repeated runs have the same bits, and memory
// stays within its bounds.
#include "bayes/elbo.hpp"
#include "bayes/predict.hpp"
#include "data/loader.hpp"
#include "data/synthetic_digits.hpp"
#include "framework/train/fit.hpp"
#include "tests/bayes/support.hpp"
#include "zoo/lenet5.hpp"

#include <boost/test/unit_test.hpp>

namespace credence::bayes {

BOOST_AUTO_TEST_SUITE(bayesian_training)

namespace {

constexpr std::int64_t kImages = 500;

const data::Dataset& digits() {
  static const data::Dataset dataset =
      data::synthetic_digits(kImages, Generator(1), data::Split::train);
  return dataset;
}

data::Loader loader(int workers = 0) {
  return data::Loader(digits(), {.batch_size = 64,
                                 .shuffle = true,
                                 .generator = Generator(2),
                                 .workers = workers,
                                 .transform = {.random_crop = data::RandomCrop{.padding = 2}}});
}

// The parameters of a BayesianLeNet5 after two epochs.
std::vector<Tensor> trained(int workers = 0) {
  zoo::BayesianLeNet5 model({}, Generator(3));
  data::Loader source = loader(workers);
  train::fit(model, source,
             {.epochs = 2,
              .optimizer = optim::Adam{.learning_rate = 3e-3},
              .objective = Elbo{},
              .progress = false});
  return parameter_values(model);
}

AllocatorStatistics statistics() { return allocator_statistics(Device::cpu); }

// The largest number of bytes that a function has in use at a time, beyond those in use before it.
std::size_t peak_of(const std::function<void()>& function) {
  // The allocator's peak never falls. A block raises the memory in use to this peak, so that every
  // further byte counts.
  const AllocatorStatistics before = statistics();
  const Storage up_to_the_peak(before.peak_bytes_in_use - before.bytes_in_use, Device::cpu);
  const std::size_t start = statistics().bytes_in_use;
  function();
  return statistics().peak_bytes_in_use - start;
}

train::Batch random_batch(std::int64_t size) {
  return {float_normals({size, 1, 28, 28}, "images"), Tensor::zeros({size}, DType::int64)};
}

// The memory of a step of a model whose gradients are allocated already.
std::size_t step_peak(nn::Module& model, const train::Objective& objective) {
  const train::Batch batch = random_batch(256);
  const auto optimizer = optim::make_optimizer(model, optim::Adam{});
  return peak_of([&] {
    objective(model, batch, {1000}).total.backward();
    optimizer->step();
  });
}

// What a layer holds between its forward and backward pass, in outputs of `output_bytes` bytes.
double kept_outputs(nn::Module& layer, const Variable& x, std::size_t output_bytes) {
  const std::size_t before = statistics().bytes_in_use;
  const Variable y = layer(x);
  BOOST_REQUIRE(y.requires_grad());
  BOOST_REQUIRE(y.value().bytes() == output_bytes);
  return static_cast<double>(statistics().bytes_in_use - before) /
         static_cast<double>(output_bytes);
}

}  // namespace

BOOST_AUTO_TEST_CASE(the_bits_do_not_depend_on_the_number_of_threads) {
  BOOST_TEST(same_bits_with_threads([] { return trained(); }));
}

BOOST_AUTO_TEST_CASE(the_bits_do_not_depend_on_who_prepares_the_batches) {
  BOOST_TEST(same_bits(trained(0), trained(2)));
}

BOOST_AUTO_TEST_CASE(two_epochs_learn_something) {
  zoo::BayesianLeNet5 model({}, Generator(3), {.activation = nn::Activation::relu()});
  data::Loader source = loader();
  const double before = evaluate(model, source, {.samples = 1}).nll();
  train::fit(model, source,
             {.epochs = 2,
              .optimizer = optim::Adam{.learning_rate = 3e-3},
              .objective = Elbo{.temperature = 0},
              .progress = false});
  const train::Metrics after = evaluate(model, source, {.samples = 1});
  BOOST_TEST(after.nll() < 0.8 * before);
  BOOST_TEST(after.accuracy() > 0.3);
}

BOOST_AUTO_TEST_CASE(a_layer_keeps_its_deviation_but_not_its_noise) {
  const Variable x(float_normals({1024, 16}, "x"));
  constexpr std::size_t kOutputBytes = 1024 * 256 * sizeof(float);
  nn::Linear frequentist(16, 256, {}, Generator(1));
  BayesianLinear bayesian(16, 256, {}, VariationalDropout{}, Generator(1));
  const double one = kept_outputs(frequentist, x, kOutputBytes);
  const double two = kept_outputs(bayesian, x, kOutputBytes);
  BOOST_TEST(one >= 1);
  // The output and the deviation. The rest is the weight's variance and the allocator's rounding.
  BOOST_TEST(two - one > 0.9);
  BOOST_TEST(two - one < 1.4);
}

BOOST_AUTO_TEST_CASE(a_step_takes_little_more_memory_than_the_frequentist_twins) {
  zoo::LeNet5<> frequentist({}, Generator(1));
  zoo::BayesianLeNet5 same_activation({}, Generator(1), {.activation = nn::Activation::relu()});
  zoo::BayesianLeNet5 bayesian({}, Generator(1));
  const auto bytes = static_cast<double>(step_peak(frequentist, train::cross_entropy));
  const double relu = static_cast<double>(step_peak(same_activation, Elbo{})) / bytes;
  const double softplus = static_cast<double>(step_peak(bayesian, Elbo{})) / bytes;
  BOOST_TEST_MESSAGE("memory of a training step of LeNet5, Bayesian by frequentist: "
                     << relu << " (relu), " << softplus << " (softplus)");
  BOOST_TEST(relu < 2.2);
  BOOST_TEST(softplus < 2.2);
}

BOOST_AUTO_TEST_CASE(a_step_leaves_no_memory_behind) {
  zoo::BayesianLeNet5 model({}, Generator(1));
  const train::Batch batch = random_batch(32);
  const auto optimizer = optim::make_optimizer(model, optim::Adam{});
  const std::size_t before = statistics().bytes_in_use;
  Elbo{.samples = 2}(model, batch, {1000}).total.backward();
  optimizer->step();
  BOOST_TEST(statistics().bytes_in_use == before);
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace credence::bayes
