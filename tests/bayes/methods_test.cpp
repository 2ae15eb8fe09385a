// Tests of the methods' common interface, of MC dropout and ensembles, and of their files.
#include "bayes/evaluation.hpp"
#include "bayes/layers/layers.hpp"
#include "bayes/methods/deep_ensemble.hpp"
#include "bayes/methods/mc_dropout.hpp"
#include "bayes/methods/stored_method.hpp"
#include "bayes/methods/trained_network.hpp"
#include "bayes/methods/weight_samples.hpp"
#include "bayes/posterior/gaussian.hpp"
#include "bayes/predictions.hpp"
#include "framework/base/error.hpp"
#include "framework/nn/dropout.hpp"
#include "framework/nn/layers.hpp"
#include "framework/nn/sequential.hpp"
#include "tests/data/temporary_folder.hpp"
#include "tests/framework/training.hpp"

#include <cmath>

#include <boost/test/unit_test.hpp>

namespace credence::test {

BOOST_AUTO_TEST_SUITE(methods)

namespace {

using bayes::Method;
using bayes::PassOutputs;

std::shared_ptr<nn::Module> dropout_net(std::uint64_t seed, double probability = 0.5) {
  const Generator generator(seed);
  auto net = std::make_shared<nn::Sequential>();
  net->append(nn::Linear(4, 8, {}, generator.split("a")));
  net->append(nn::Dropout(probability, generator.split("dropout")));
  net->append(nn::Linear(8, 3, {}, generator.split("b")));
  return net;
}

std::shared_ptr<nn::Module> linear_net(std::uint64_t seed) {
  return std::make_shared<nn::Linear>(4, 3, nn::LinearOptions{}, Generator(seed));
}

std::shared_ptr<nn::Module> bayesian_net(std::uint64_t seed) {
  return std::make_shared<bayes::BayesianLinear>(4, 3, nn::LinearOptions{}, bayes::Gaussian{},
                                                 Generator(seed));
}

Tensor some_inputs(std::int64_t rows = 5) {
  std::vector<float> values;
  for (std::int64_t i = 0; i < rows * 4; ++i) values.push_back(std::sin(static_cast<float>(i)));
  return Tensor::from({rows, 4}, values);
}

// Three batches of two rows.
std::vector<train::Batch> six_rows_in_batches() {
  const Tensor inputs = some_inputs(6);
  std::vector<train::Batch> batches;
  for (std::int64_t i = 0; i < 3; ++i) {
    batches.push_back({inputs.slice(2 * i, 2 * i + 2), Tensor::from<std::int64_t>({2}, {i, 0})});
  }
  return batches;
}

FixedBatches six_rows() { return FixedBatches(six_rows_in_batches()); }

bool same(const Tensor& a, const Tensor& b) {
  return a.shape() == b.shape() && a.to_vector<float>() == b.to_vector<float>();
}

}  // namespace

BOOST_AUTO_TEST_CASE(a_network_without_randomness_is_one_function) {
  const auto net = linear_net(1);
  bayes::TrainedNetwork method(net);
  BOOST_TEST(method.name() == "deterministic");
  BOOST_TEST(method.passes(15) == 1);
  const Tensor outputs = predictive(method, some_inputs(), 15);
  BOOST_TEST(outputs.shape() == (Shape{1, 5, 3}));
  const NoGrad no_grad;
  BOOST_TEST(same(outputs.reshape({5, 3}), (*net)(Variable(some_inputs())).value()));
}

BOOST_AUTO_TEST_CASE(a_bayesian_network_gives_the_passes_of_evaluation) {
  const auto net = bayesian_net(1);
  bayes::TrainedNetwork method(net);
  BOOST_TEST(method.name() == "variational");
  const Tensor outputs = predictive(method, some_inputs(), 4);
  bayes::Evaluation evaluation(*net, 4);
  std::int64_t pass = 0;
  evaluation.for_each_pass(some_inputs(), [&](const Variable& y) {
    BOOST_TEST(same(outputs.slice(pass, pass + 1).reshape({5, 3}), y.value()));
    ++pass;
  });
  BOOST_TEST(pass == 4);
}

// With probability p an element of the hidden layer is 0, else h / (1 − p), independently. The
// output is linear in it, so its mean over masks is the output without dropout, and its variance
// is Σ_j w_j² h_j² p / (1 − p).
BOOST_AUTO_TEST_CASE(mc_dropout_has_the_mean_and_variance_of_the_masks,
                     *boost::unit_test::label("every_isa")) {
  const auto net = dropout_net(3, 0.25);
  bayes::McDropout method(net);
  constexpr std::int64_t kPasses = 4000;
  const Tensor x = some_inputs(1);
  const std::vector<float> drawn = predictive(method, x, kPasses).to_vector<float>();
  const std::vector<float> plain = predictive(method, x, 0).to_vector<float>();
  auto& layers = dynamic_cast<nn::Sequential&>(*net);
  const auto parameters = nn::parameters(layers);
  const NoGrad no_grad;
  const std::vector<float> w1 = parameters[0].parameter->value().to_vector<float>();
  const std::vector<float> b1 = parameters[1].parameter->value().to_vector<float>();
  const std::vector<float> w2 = parameters[2].parameter->value().to_vector<float>();
  const std::vector<float> input = x.to_vector<float>();
  for (std::size_t out = 0; out < 3; ++out) {
    double variance = 0;
    for (std::size_t j = 0; j < 8; ++j) {
      double h = static_cast<double>(b1[j]);
      for (std::size_t i = 0; i < 4; ++i)
        h += static_cast<double>(w1[4 * j + i]) * static_cast<double>(input[i]);
      variance += std::pow(static_cast<double>(w2[8 * out + j]) * h, 2) * 0.25 / 0.75;
    }
    double sum = 0;
    double squares = 0;
    for (std::size_t pass = 0; pass < kPasses; ++pass) {
      const double y = static_cast<double>(drawn[3 * pass + out]) - static_cast<double>(plain[out]);
      sum += y;
      squares += y * y;
    }
    BOOST_TEST(std::abs(sum / kPasses) < 4 * std::sqrt(variance / kPasses));
    BOOST_TEST(squares / kPasses == variance, boost::test_tools::tolerance(0.1));
  }
}

BOOST_AUTO_TEST_CASE(mc_dropout_draws_the_same_masks_at_each_call_and_leaves_the_model_as_it_was) {
  const auto net = dropout_net(1);
  bayes::McDropout method(net);
  net->train(false);
  const Tensor first = predictive(method, some_inputs(), 3);
  BOOST_TEST(same(first, predictive(method, some_inputs(), 3)));
  BOOST_TEST(!same(first.slice(0, 1), first.slice(1, 2)));
  BOOST_TEST(!net->training());
  bayes::TrainedNetwork plain(net);
  BOOST_TEST(same(predictive(method, some_inputs(), 0), predictive(plain, some_inputs(), 0)));
}

BOOST_AUTO_TEST_CASE(mc_dropout_needs_dropout) {
  BOOST_CHECK_EXCEPTION(bayes::McDropout{bayesian_net(1)}, ValueError, says("no nn::Dropout"));
}

// Reading a test set takes as long as some passes.
BOOST_AUTO_TEST_CASE(a_member_without_passes_in_a_range_does_not_read_the_inputs) {
  struct Counted : FixedBatches {
    using FixedBatches::FixedBatches;
    void start_epoch(std::int64_t epoch) override {
      ++epochs;
      FixedBatches::start_epoch(epoch);
    }
    int epochs = 0;
  } source{six_rows_in_batches()};
  std::vector<std::unique_ptr<Method>> members;
  for (const std::uint64_t seed : {1U, 2U, 3U}) {
    members.push_back(std::make_unique<bayes::TrainedNetwork>(linear_net(seed)));
  }
  bayes::DeepEnsemble ensemble(std::move(members));
  int passes = 0;
  ensemble.for_some_passes({1, 2}, source, 1, [&](const PassOutputs& pass) {
    BOOST_TEST(pass.pass == 1);
    ++passes;
  });
  BOOST_TEST(passes == 3);  // one for each batch
  BOOST_TEST(source.epochs == 1);
}

BOOST_AUTO_TEST_CASE(an_ensemble_gives_its_members_passes_one_after_the_other) {
  std::vector<std::unique_ptr<Method>> members;
  members.push_back(std::make_unique<bayes::TrainedNetwork>(linear_net(1)));
  members.push_back(std::make_unique<bayes::TrainedNetwork>(bayesian_net(2)));
  bayes::TrainedNetwork second(bayesian_net(2));
  bayes::DeepEnsemble ensemble(std::move(members));
  BOOST_TEST(ensemble.passes(5) == 6);
  const Tensor outputs = predictive(ensemble, some_inputs(), 5);
  BOOST_TEST(outputs.shape() == (Shape{6, 5, 3}));
  BOOST_TEST(same(outputs.slice(1, 6), predictive(second, some_inputs(), 5)));
  BOOST_CHECK_THROW(bayes::DeepEnsemble({}), ValueError);
}

BOOST_AUTO_TEST_CASE(class_predictions_are_those_of_all_passes_in_the_order_of_the_rows) {
  std::vector<std::unique_ptr<Method>> members;
  for (const std::uint64_t seed : {1U, 2U}) {
    members.push_back(std::make_unique<bayes::TrainedNetwork>(linear_net(seed)));
  }
  bayes::DeepEnsemble ensemble(std::move(members));
  FixedBatches source = six_rows();
  const bayes::ClassPredictions predictions = class_predictions(ensemble, source);
  BOOST_TEST(predictions.log_probabilities.shape() == (Shape{2, 6, 3}));
  BOOST_TEST(
      predictions.labels.to_vector<std::int64_t>() == (std::vector<std::int64_t>{0, 0, 1, 0, 2, 0}),
      boost::test_tools::per_element());
  const std::vector<float> logits = predictive(ensemble, some_inputs(6), 0).to_vector<float>();
  const std::vector<float> kept = predictions.log_probabilities.to_vector<float>();
  for (std::size_t row = 0; row < 12; ++row) {
    double sum = 0;
    for (std::size_t c = 0; c < 3; ++c) sum += std::exp(static_cast<double>(logits[3 * row + c]));
    for (std::size_t c = 0; c < 3; ++c) {
      const double expected = static_cast<double>(logits[3 * row + c]) - std::log(sum);
      BOOST_TEST(static_cast<double>(kept[3 * row + c]) == expected,
                 boost::test_tools::tolerance(1e-5));
    }
  }
}

namespace {

// Adds `pass` to the first bias of the model.
class Shifted : public bayes::WeightSamples {
 public:
  explicit Shifted(std::shared_ptr<nn::Module> model) : WeightSamples(std::move(model)) {}
  std::string name() const override { return "shifted"; }
  void save(bayes::MethodWriter& writer) const override {
    writer.model(model());
    writer.number("step", 0.1);
  }
  static std::unique_ptr<Method> read(const bayes::MethodReader& reader) {
    BOOST_TEST(reader.number("step") == 0.1);
    return std::make_unique<Shifted>(reader.model());
  }

 protected:
  void set_weights(std::int64_t pass, std::int64_t /*passes*/) override {
    const Tensor bias = nn::parameters(model()).back().parameter->value();
    bias.copy_from(Tensor::full(bias.shape(), static_cast<double>(pass)));
  }
};

}  // namespace

BOOST_AUTO_TEST_CASE(weight_samples_take_all_batches_with_each_setting_and_restore_the_model) {
  const auto net = linear_net(1);
  const Tensor before = nn::parameters(*net).back().parameter->value().clone();
  Shifted method(net);
  FixedBatches source = six_rows();
  std::vector<std::pair<std::int64_t, std::int64_t>> calls;
  std::vector<double> first;
  method.for_each_pass(source, 2, [&](const PassOutputs& outputs) {
    calls.emplace_back(outputs.pass, outputs.batch_number);
    first.push_back(static_cast<double>(outputs.outputs.value().to_vector<float>().front()));
  });
  BOOST_TEST((calls == decltype(calls){{0, 0}, {0, 1}, {0, 2}, {1, 0}, {1, 1}, {1, 2}}));
  BOOST_TEST(first[3] - first[0] == 1, boost::test_tools::tolerance(1e-5));
  BOOST_TEST(same(before, nn::parameters(*net).back().parameter->value()));
}

BOOST_AUTO_TEST_CASE(a_file_gives_the_same_predictions_again) {
  const TemporaryFolder folder;
  const auto path = folder.path() / "method.safetensors";
  const auto make = [] {
    return std::make_unique<nn::Linear>(4, 3, nn::LinearOptions{}, Generator(9));
  };
  std::vector<std::unique_ptr<Method>> members;
  members.push_back(std::make_unique<bayes::TrainedNetwork>(linear_net(1)));
  members.push_back(std::make_unique<Shifted>(linear_net(2)));
  bayes::DeepEnsemble ensemble(std::move(members));
  save_method(path, ensemble, {{"model", "linear"}});
  const auto read = bayes::load_method(path, make, {{"shifted", Shifted::read}});
  BOOST_TEST(read->name() == "ensemble");
  BOOST_TEST(same(predictive(*read, some_inputs(), 3), predictive(ensemble, some_inputs(), 3)));
  BOOST_TEST(io::load_safetensors(path).metadata.at("model") == "linear");
  BOOST_CHECK_THROW(bayes::load_method(path, make), FileError);
}

BOOST_AUTO_TEST_CASE(a_plain_checkpoint_is_a_trained_network_and_a_wrong_file_is_named) {
  const TemporaryFolder folder;
  const auto path = folder.path() / "plain.safetensors";
  const auto make = [] {
    return std::make_unique<nn::Linear>(4, 3, nn::LinearOptions{}, Generator(9));
  };
  nn::Linear net(4, 3, {}, Generator(1));
  bayes::TrainedNetwork method(net);
  save_method(path, method);
  const auto read = bayes::load_method(path, make);
  BOOST_TEST(same(predictive(*read, some_inputs(), 1), predictive(method, some_inputs(), 1)));
  io::SafeTensors file = io::load_safetensors(path);
  file.metadata = {{"method", "ensemble"}};
  io::save_safetensors(path, file.tensors, file.metadata);
  BOOST_CHECK_EXCEPTION(bayes::load_method(path, make), FileError, [&](const FileError& error) {
    const std::string text = error.what();
    return text.find("plain.safetensors") != std::string::npos &&
           text.find("method.members") != std::string::npos;
  });
}

// The tensors fit, but the method does not.
BOOST_AUTO_TEST_CASE(what_a_method_refuses_is_a_fault_of_its_file) {
  const TemporaryFolder folder;
  const auto path = folder.path() / "wrong.safetensors";
  const auto make = [] {
    return std::make_unique<nn::Linear>(4, 3, nn::LinearOptions{}, Generator(9));
  };
  save_method(path, bayes::TrainedNetwork(linear_net(1)));
  const io::SafeTensors file = io::load_safetensors(path);
  const auto check = [&](const std::map<std::string, std::string>& metadata,
                         const std::string& why) {
    io::save_safetensors(path, file.tensors, metadata);
    BOOST_CHECK_EXCEPTION(bayes::load_method(path, make), FileError, [&](const FileError& error) {
      const std::string text = error.what();
      return text.find("wrong.safetensors") != std::string::npos &&
             text.find(why) != std::string::npos;
    });
  };
  check({{"method", "mc-dropout"}}, "no nn::Dropout");
  check({{"method", "ensemble"}, {"method.members", "0"}}, "at least one member");
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace credence::test
