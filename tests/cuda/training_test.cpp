// Models on the device: the same steps as on the CPU, to rounding.
#include "bayes/elbo.hpp"
#include "bayes/predict.hpp"
#include "bayes/uncertainty.hpp"
#include "framework/io/checkpoint.hpp"
#include "framework/train/fit.hpp"
#include "tests/cuda/agreement.hpp"
#include "tests/data/temporary_folder.hpp"
#include "zoo/lenet5.hpp"

namespace credence {
namespace {

// A few batches of noise with labels.
class Noise : public train::BatchSource {
 public:
  std::int64_t samples() const override { return kBatches * kBatch; }
  std::int64_t batches() const override { return kBatches; }
  void start_epoch(std::int64_t) override { next_ = 0; }
  bool next(train::Batch& batch) override {
    if (next_ == kBatches) return false;
    batch.images =
        draws({kBatch, 1, 28, 28}, static_cast<std::uint64_t>(++next_)).to(DType::float32);
    batch.labels = Tensor::from({kBatch}, std::vector<std::int64_t>{3, 7});
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

BOOST_AUTO_TEST_SUITE(device_training)

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
