// The commands predict and evaluate, as a user runs them.
#include "framework/io/checkpoint.hpp"
#include "tests/benchmarks/program.hpp"
#include "tests/benchmarks/small_mnist.hpp"
#include "zoo/lenet5.hpp"
#include "zoo/vgg.hpp"

#include <boost/test/unit_test.hpp>
#include <nlohmann/json.hpp>

namespace credence::test {
namespace {

using Json = nlohmann::json;
using Arguments = std::vector<std::string>;

// Trains both families on a few hundred digits into `out`.
void train_small(const TemporaryFolder& data, const TemporaryFolder& out) {
  write_small_mnist(data, 400, 60);
  const Outcome outcome =
      run_program(CREDENCE_BENCH,
                  {"--data-dir", data.path().string(), "--out", out.path().string(), "--validation",
                   "0", "--epochs", "2", "--batch-size", "64", "--samples", "3", "--no-progress"});
  BOOST_TEST_REQUIRE(outcome.status == 0, outcome.err);
}

// A 28 × 28 grey bitmap, black with a white bar.
std::string bar_picture() {
  std::string bytes = "BM";
  const auto word = [&](std::uint32_t value, int size) {
    for (int i = 0; i < size; ++i) bytes += static_cast<char>(value >> (8 * i) & 255U);
  };
  word(54 + 28 * 28 * 3, 4);
  word(0, 4);
  word(54, 4);
  word(40, 4);
  word(28, 4);
  word(28, 4);
  word(1, 2);
  word(24, 2);
  for (int i = 0; i < 6; ++i) word(0, 4);
  for (int y = 0; y < 28; ++y) {
    for (int x = 0; x < 28; ++x) {
      bytes += std::string(3, y > 4 && y < 24 && x > 11 && x < 16 ? '\xff' : '\0');
    }
  }
  return bytes;
}

void check_failure(const Arguments& arguments, int status, const std::string& names) {
  const Outcome outcome = run_program(CREDENCE_BENCH, arguments);
  BOOST_TEST(outcome.status == status, outcome.err);
  BOOST_TEST(outcome.out == "");
  BOOST_TEST(line_count(outcome.err) == 1);
  BOOST_TEST(outcome.err.find(names) != std::string::npos, outcome.err);
}

}  // namespace

BOOST_AUTO_TEST_SUITE(stored_model)

BOOST_AUTO_TEST_CASE(evaluate_gives_what_training_reported) {
  const TemporaryFolder data;
  const TemporaryFolder out;
  train_small(data, out);
  const Json trained = Json::parse(read_text(out.path() / "results.json"));
  for (const bool bayesian : {false, true}) {
    const std::string file = bayesian ? "bayesian.safetensors" : "frequentist.safetensors";
    const Outcome outcome = run_program(
        CREDENCE_BENCH, {"evaluate", "--checkpoint", (out.path() / file).string(), "--data-dir",
                         data.path().string(), "--samples", "3", "--json", "-"});
    BOOST_TEST_REQUIRE(outcome.status == 0, outcome.err);
    const Json json = Json::parse(outcome.out);
    const Json& family = trained.at("families").at(bayesian ? 1 : 0);
    BOOST_TEST(json.at("model") == (bayesian ? "BayesianLeNet5" : "LeNet5"));
    BOOST_TEST(json.at("images") == 60);
    const Json& last = json.at(bayesian ? "posterior_samples" : "weights");
    BOOST_TEST(last.at("accuracy") == family.at("test_after_last_epoch").at("accuracy"));
    BOOST_TEST(last.at("nll") == family.at("test_after_last_epoch").at("nll"));
    if (bayesian) {
      BOOST_TEST(json.at("posterior_mean").at("nll") ==
                 family.at("test_with_posterior_mean").at("nll"));
    }
  }
}

BOOST_AUTO_TEST_CASE(files_without_metadata_need_a_model_and_take_counters_of_batches) {
  const TemporaryFolder folder;
  zoo::VGG<> model({.batch_norm = true}, Generator(1));
  std::vector<io::NamedTensor> tensors;
  for (const nn::NamedParameter& p : nn::parameters(model)) {
    tensors.push_back({p.name, p.parameter->value()});
  }
  for (const nn::NamedBuffer& b : nn::buffers(model)) tensors.push_back({b.name, *b.buffer});
  // As PyTorch's BatchNorm2d has it in its state_dict.
  tensors.push_back({"norm1.num_batches_tracked", Tensor::from<std::int64_t>({1}, {7})});
  const std::filesystem::path file = folder.path() / "vgg.safetensors";
  io::save_safetensors(file, tensors);
  folder.write("bar.bmp", bar_picture());
  const std::string picture = (folder.path() / "bar.bmp").string();
  check_failure({"predict", "--checkpoint", file.string(), picture}, 1, "--model");
  check_failure({"predict", "--model", "LeNet5", "--checkpoint", file.string(), picture}, 1, "fc3");
  check_failure({"predict", "--model", "VGG16", "--checkpoint", file.string(), picture}, 1,
                "conv2.weight");
  const Outcome outcome = run_program(
      CREDENCE_BENCH, {"predict", "--model", "VGG11", "--checkpoint", file.string(), picture});
  BOOST_TEST(outcome.status == 0, outcome.err);
}

BOOST_AUTO_TEST_CASE(predict_names_class_probabilities_and_uncertainty) {
  const TemporaryFolder data;
  const TemporaryFolder out;
  train_small(data, out);
  data.write("bar.bmp", bar_picture());
  const std::string picture = (data.path() / "bar.bmp").string();
  const std::string checkpoint = (out.path() / "bayesian.safetensors").string();
  const auto predict = [&](const Arguments& more) {
    Arguments arguments{"predict", "--checkpoint", checkpoint, "--json", "-", picture};
    arguments.insert(arguments.end(), more.begin(), more.end());
    const Outcome outcome = run_program(CREDENCE_BENCH, arguments);
    BOOST_TEST_REQUIRE(outcome.status == 0, outcome.err);
    return Json::parse(outcome.out);
  };
  const Json both = predict({picture});
  BOOST_TEST(both.size() == 2U);
  const Json& first = both.at(0);
  double total = 0;
  double largest = 0;
  for (const auto& [name, probability] : first.at("probabilities").items()) {
    total += probability.get<double>();
    largest = std::max(largest, probability.get<double>());
  }
  BOOST_TEST(first.at("probabilities").size() == 10U);
  BOOST_TEST(std::abs(total - 1) < 1e-5);
  BOOST_TEST(first.at("probabilities").at(first.at("prediction").get<std::string>()) == largest);
  BOOST_TEST(first.at("epistemic") > 0);
  BOOST_TEST(first.at("aleatoric") > 0);
  BOOST_TEST(first.at("entropy") > 0);
  BOOST_TEST(predict({"--samples", "0"}).at(0).at("epistemic") == 0);
  BOOST_TEST(predict({"--invert"}).at(0).at("probabilities") != first.at("probabilities"));
  const Outcome text =
      run_program(CREDENCE_BENCH, {"predict", "--checkpoint", checkpoint, picture});
  BOOST_TEST(text.out.find(picture + ": ") == 0U, text.out);
  BOOST_TEST(text.out.find("epistemic 0.") != std::string::npos);
}

BOOST_AUTO_TEST_CASE(what_cannot_be_read_is_one_line) {
  const TemporaryFolder folder;
  zoo::LeNet5<> model({}, Generator(1));
  const std::string file = (folder.path() / "lenet5.safetensors").string();
  io::save_checkpoint(file, model, {{"model", "LeNet5"}});
  folder.write("bad.png", "no picture");
  const std::string picture = (folder.path() / "bad.png").string();
  check_failure({"predict", "--checkpoint", file, picture}, 1, "bad.png");
  check_failure({"predict", "--checkpoint", file, "missing.png"}, 1, "missing.png");
  check_failure({"predict", "--checkpoint", "missing.safetensors", picture}, 1,
                "missing.safetensors");
  check_failure({"predict", "--checkpoint", file, "--model", "VGG11", picture}, 1, "LeNet5");
  check_failure({"predict", "--checkpoint", file}, 2, "pictures");
  check_failure({"predict", picture}, 2, "--checkpoint");
  check_failure({"predict", "--checkpoint", file, "--activation", "step", picture}, 2, "relu");
  check_failure({"evaluate", "--checkpoint", file}, 1, "mnist");
  check_failure({"evaluate", "--checkpoint", file, "--dataset", "imagenet"}, 2, "--dataset");
}

BOOST_AUTO_TEST_CASE(activations_have_names_that_are_read_back) {
  using nn::Activation;
  for (const Activation& activation :
       {Activation::relu(), Activation::leaky_relu(0.25), Activation::softplus(),
        Activation::softplus(10), Activation(Activation::Kind::silu),
        Activation(Activation::Kind::elu), Activation(Activation::Kind::tanh)}) {
    BOOST_TEST((Activation::from_name(activation.name()) == activation), activation.name());
  }
  BOOST_TEST((Activation::from_name("softplus:10") == Activation::softplus(10)));
  BOOST_TEST((Activation::from_name("leaky_relu:0.1") == Activation::leaky_relu(0.1)));
  for (const char* name : {"step", "relu:2", "softplus:", "softplus:-1x", "leaky_relu", ""}) {
    BOOST_CHECK_THROW(Activation::from_name(name), ValueError);
  }
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace credence::test
