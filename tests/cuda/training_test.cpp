// Tests of training on the device: the same steps as on the CPU, up to rounding.
#include "bayes/elbo.hpp"
#include "bayes/posterior/gaussian.hpp"
#include "bayes/predict.hpp"
#include "bayes/uncertainty.hpp"
#include "framework/base/error.hpp"
#include "framework/io/checkpoint.hpp"
#include "framework/nn/finite.hpp"
#include "framework/ops/arithmetic.hpp"
#include "framework/ops/reduce.hpp"
#include "framework/train/evaluate.hpp"
#include "framework/train/fit.hpp"
#include "tests/cuda/agreement.hpp"
#include "tests/data/temporary_folder.hpp"
#include "zoo/lenet5.hpp"

namespace credence {

BOOST_AUTO_TEST_SUITE(device_training)

namespace {

// A few batches of noise with labels.
class Noise : public train::BatchSource {
 public:
  std::int64_t samples() const override { return kBatches * kBatch; }
  std::int64_t batches() const override { return kBatches; }
  void start_epoch(std::int64_t) override { next_ = 0; }
  bool next(train::Batch& batch) override {
    if (next_ == kBatches) return false;
    batch.inputs =
        draws({kBatch, 1, 28, 28}, static_cast<std::uint64_t>(++next_)).to(DType::float32);
    batch.targets = Tensor::from({kBatch}, std::vector<std::int64_t>{3, 7});
    return true;
  }

 private:
  static constexpr std::int64_t kBatches = 10;
  static constexpr std::int64_t kBatch = 2;
  std::int64_t next_ = 0;
};

std::vector<double> losses(nn::Module& model, const train::Objective& objective) {
  Noise source;
  std::vector<double> losses;
  for (const train::EpochReport& report :
       train::fit(model, source,
                  {.epochs = 2,
                  .optimizer = optim::Adam{.learning_rate = 1e-3},
                  .objective = objective,
                  .progress = false})) {
    losses.push_back(report.loss);
  }
  return losses;
}

template <class Model>
void check_training(const train::Objective& objective) {
  Model on_host({.classes = 10}, Generator(1));
  Model on_device({.classes = 10}, Generator(1));
  nn::move_to(on_device, Device::cuda);
  BOOST_TEST((nn::device_of(on_device) == Device::cuda));
  const std::vector<double> expected = losses(on_host, objective);
  const std::vector<double> actual = losses(on_device, objective);
  for (std::size_t epoch = 0; epoch < expected.size(); ++epoch) {
    BOOST_TEST(actual[epoch] == expected[epoch], boost::test_tools::tolerance(2e-4));
  }
  BOOST_TEST(expected.back() < expected.front());
}

BOOST_AUTO_TEST_CASE(twenty_steps_have_the_cpus_losses) {
  if (no_device()) return;
  check_training<zoo::LeNet5<>>(train::cross_entropy);
  check_training<zoo::BayesianLeNet5>(bayes::Elbo{.temperature = 1e-4});
}

BOOST_AUTO_TEST_CASE(predictions_and_uncertainty_are_the_cpus) {
  if (no_device()) return;
  zoo::BayesianLeNet5 model({.classes = 10}, Generator(2));
  const Tensor images = draws({3, 1, 28, 28}, 9).to(DType::float32);
  const Tensor expected = bayes::predictive_log_probabilities(model, images, {.samples = 4});
  const bayes::Uncertainty host = bayes::uncertainty(model, images, {.samples = 4});
  nn::move_to(model, Device::cuda);
  const Tensor actual = bayes::predictive_log_probabilities(model, images, {.samples = 4});
  const bayes::Uncertainty device = bayes::uncertainty(model, images, {.samples = 4});
  BOOST_TEST(largest_difference(actual, expected) < 1e-5);
  BOOST_TEST(largest_difference(device.epistemic, host.epistemic) < 1e-5);
  BOOST_TEST(largest_difference(device.aleatoric, host.aleatoric) < 1e-5);
}

// Two batches with a given last label.
class Labelled : public train::BatchSource {
 public:
  explicit Labelled(std::int64_t label) : label_(label) {}
  std::int64_t samples() const override { return 4; }
  std::int64_t batches() const override { return 2; }
  void start_epoch(std::int64_t) override { next_ = 0; }
  bool next(train::Batch& batch) override {
    if (next_ == 2) return false;
    ++next_;
    batch = {Tensor::full({2, 6}, 0.25), Tensor::from<std::int64_t>({2}, {1, label_})};
    return true;
  }

 private:
  std::int64_t label_;
  std::int64_t next_ = 0;
};

BOOST_AUTO_TEST_CASE(a_label_outside_the_classes_is_found_where_sums_are_read) {
  if (no_device()) return;
  for (const std::int64_t label : {std::int64_t{10}, std::int64_t{-1}, std::int64_t{1} << 60}) {
    nn::Linear model(6, 10, {}, Generator(1));
    nn::move_to(model, Device::cuda);
    Labelled source(label);
    const auto says = [](const char* text) {
      return [text](const Error& error) {
        return std::string(error.what()).find(text) != std::string::npos;
      };
    };
    BOOST_CHECK_EXCEPTION(train::fit(model, source, {.epochs = 2, .progress = false}), ValueError,
                          says("[fit] a label is outside"));
    BOOST_CHECK_EXCEPTION(train::evaluate(model, source), ValueError,
                          says("[evaluate] a label is outside"));
  }
  nn::Linear model(6, 10, {}, Generator(1));
  nn::move_to(model, Device::cuda);
  Labelled source(9);
  BOOST_TEST(train::fit(model, source, {.epochs = 2, .progress = false}).size() == 2U);
}

BOOST_AUTO_TEST_CASE(tied_parameters_stay_tied_on_the_device) {
  if (no_device()) return;
  class Twice : public nn::Module {
   public:
    Variable forward(const Variable& x) override { return x * first * second; }
    void visit(nn::Visitor& visitor) override {
      visitor.parameter("first", first);
      visitor.parameter("second", second);
      visitor.buffer("mean", mean);
      visitor.buffer("other_mean", other_mean);
    }
    Variable first{Tensor::full({1}, 2), true};
    Variable second = first;
    Tensor mean = Tensor::full({3}, 1);
    Tensor other_mean = mean;
  };
  Twice model;
  nn::move_to(model, Device::cuda);
  BOOST_TEST((model.second.device() == Device::cuda));
  BOOST_TEST(model.mean.shares_storage_with(model.other_mean));
  BOOST_TEST((model.other_mean.device() == Device::cuda));
  const auto optimizer = optim::make_optimizer(model, optim::Sgd{.learning_rate = 0.1});
  optimizer->zero_grad();
  sum(model(Variable(Tensor::full({1}, 1, DType::float32, Device::cuda)))).backward();
  optimizer->step();
  BOOST_TEST(std::abs(model.first.value().item() - 1.6) < 1e-6);
  BOOST_TEST(model.second.value().item() == model.first.value().item());
}

BOOST_AUTO_TEST_CASE(elements_that_are_not_finite_are_found_on_the_device) {
  if (no_device()) return;
  nn::Linear model(6, 10, {}, Generator(1));
  model.train(false);
  nn::parameters(model)[0].parameter->value().data<float>()[17] = NAN;
  nn::move_to(model, Device::cuda);
  BOOST_TEST(nn::find_not_finite(model).value() == "\"weight\" [10, 6] has nan as element 17");
}

BOOST_AUTO_TEST_CASE(a_net_that_is_sure_and_wrong_is_not_flattered_by_the_device) {
  if (no_device()) return;
  bayes::BayesianLinear model(1, 2, {}, bayes::Gaussian{.log_variance = -80}, Generator(1));
  nn::parameters(model)[0].parameter->value().copy_from(Tensor::from<float>({2, 1}, {0, 200}));
  nn::parameters(model)[2].parameter->value().fill(0);
  nn::move_to(model, Device::cuda);
  const Tensor y =
      bayes::predictive_log_probabilities(model, Tensor::full({1, 1}, 1), {.samples = 15});
  BOOST_TEST(std::abs(y.to_vector<double>()[0] + 200) < 1e-2);
}

BOOST_AUTO_TEST_CASE(checkpoints_cross_devices) {
  if (no_device()) return;
  const test::TemporaryFolder folder;
  const std::filesystem::path file = folder.path() / "model.safetensors";
  zoo::LeNet5 first({.classes = 10}, Generator(3));
  zoo::LeNet5 second({.classes = 10}, Generator(4));
  nn::move_to(first, Device::cuda);
  io::save_checkpoint(file, first, {});
  io::load_checkpoint(file, second);
  const std::vector<nn::NamedParameter> a = nn::parameters(first);
  const std::vector<nn::NamedParameter> b = nn::parameters(second);
  for (std::size_t i = 0; i < a.size(); ++i) {
    BOOST_TEST(largest_difference(a[i].parameter->value(), b[i].parameter->value()) == 0,
               a[i].name);
  }
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace
}  // namespace credence
