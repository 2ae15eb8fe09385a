// Tests of the commands predict and evaluate of credence-bench.
#include "benchmarks/driver/stored_model.hpp"

#include "bayes/elbo.hpp"
#include "bayes/posterior/gaussian.hpp"
#include "bayes/posterior/variational_dropout.hpp"
#include "bayes/predict.hpp"
#include "bayes/uncertainty.hpp"
#include "benchmarks/driver/images.hpp"
#include "data/idx.hpp"
#include "data/image_file.hpp"
#include "data/loader.hpp"
#include "framework/io/checkpoint.hpp"
#include "framework/train/evaluate.hpp"
#include "framework/train/fit.hpp"
#include "tests/benchmarks/program.hpp"
#include "tests/benchmarks/small_mnist.hpp"
#include "tests/framework/support.hpp"
#include "tests/reference/reference.hpp"
#include "zoo/lenet5.hpp"
#include "zoo/resnet.hpp"
#include "zoo/vgg.hpp"

#include <algorithm>
#include <map>
#include <numeric>
#include <span>

#include <boost/test/unit_test.hpp>
#include <nlohmann/json.hpp>

namespace credence::test {

BOOST_AUTO_TEST_SUITE(stored_model)

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

// The JSON that a command of the program prints.
Json json_of(Arguments arguments) {
  arguments.insert(arguments.end(), {"--json", "-"});
  const Outcome outcome = run_program(CREDENCE_BENCH, arguments);
  BOOST_TEST_REQUIRE(outcome.status == 0, outcome.err);
  BOOST_TEST(outcome.err == "");
  return Json::parse(outcome.out);
}

std::vector<double> probabilities_of(const Json& prediction) {
  std::vector<double> probabilities;
  for (const auto& entry : prediction.at("probabilities").items()) {
    probabilities.push_back(entry.value().get<double>());
  }
  return probabilities;
}

void check_failure(const Arguments& arguments, int status, const std::string& names) {
  const Outcome outcome = run_program(CREDENCE_BENCH, arguments);
  BOOST_TEST(outcome.status == status, outcome.err);
  BOOST_TEST(outcome.out == "");
  BOOST_TEST(line_count(outcome.err) == 1);
  BOOST_TEST(outcome.err.find(names) != std::string::npos, outcome.err);
}

}  // namespace

BOOST_AUTO_TEST_CASE(evaluate_gives_what_training_reported) {
  const TemporaryFolder data;
  const TemporaryFolder out;
  train_small(data, out);
  const Json trained = Json::parse(read_text(out.path() / "results.json"));
  for (const bool bayesian : {false, true}) {
    const std::string file = bayesian ? "bayesian.safetensors" : "frequentist.safetensors";
    const Json json = json_of({"evaluate", "--checkpoint", (out.path() / file).string(),
                               "--data-dir", data.path().string(), "--samples", "3"});
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

BOOST_AUTO_TEST_CASE(evaluate_measures_tensors_without_metadata) {
  const TemporaryFolder folder;
  write_small_mnist(folder, 30, 50);
  // Neither file is needed.
  std::filesystem::remove(folder.path() / "train-images-idx3-ubyte");
  std::filesystem::remove(folder.path() / "train-labels-idx1-ubyte");
  const std::filesystem::path file = folder.path() / "lenet5.safetensors";
  const data::Dataset test = benchmarks::find_test_set("mnist", folder.path(), 1);
  const auto evaluate = [&](const Arguments& more) {
    Arguments arguments{"evaluate",
                        "--model",
                        "LeNet5",
                        "--checkpoint",
                        file.string(),
                        "--data-dir",
                        folder.path().string()};
    arguments.insert(arguments.end(), more.begin(), more.end());
    return json_of(arguments).at("weights");
  };
  const auto expected = [&](nn::Module& model, const data::Transform& transform) {
    data::Loader loader(test, {.batch_size = 500, .transform = transform});
    return train::evaluate(model, loader);
  };
  zoo::LeNet5<> relu({}, Generator(1));
  io::save_checkpoint(file, relu);
  const train::Metrics plain = expected(relu, {});
  BOOST_TEST(evaluate({"--family", "frequentist"}).at("nll") == plain.nll());
  BOOST_TEST(evaluate({}).at("accuracy") == plain.accuracy());
  zoo::LeNet5<> tanh({}, Generator(1), {nn::Activation::tanh()});
  const double tanh_nll = expected(tanh, {}).nll();
  BOOST_TEST(tanh_nll != plain.nll());
  BOOST_TEST(evaluate({"--activation", "tanh"}).at("nll") == tanh_nll);
  // The metadata's activation and normalisation are those of training.
  io::save_checkpoint(file, tanh, {{"activation", "tanh"}, {"mean", "0.125"}, {"std", "0.5"}});
  const double normalised = expected(tanh, {.normalize = data::Normalize{{0.125F}, {0.5F}}}).nll();
  BOOST_TEST(normalised != tanh_nll);
  BOOST_TEST(evaluate({}).at("nll") == normalised);
}

BOOST_AUTO_TEST_CASE(files_without_metadata_need_a_model_and_take_counters_of_batches) {
  const TemporaryFolder folder;
  zoo::VGG<> model({.batch_norm = true}, Generator(1));
  std::vector<io::NamedTensor> tensors;
  for (const nn::NamedParameter& p : nn::parameters(model)) {
    tensors.push_back({p.name, p.parameter->value()});
  }
  for (const nn::NamedBuffer& b : nn::buffers(model)) tensors.push_back({b.name, *b.buffer});
  // As in the state_dict of PyTorch's BatchNorm2d.
  tensors.push_back({"norm1.num_batches_tracked", Tensor::from<std::int64_t>({}, {7})});
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

// "norm" names the normalisation; "batch_norm" says in older files whether there is one; without
// either, the tensors decide.
BOOST_AUTO_TEST_CASE(the_normalisation_is_that_of_the_metadata_or_of_the_tensors) {
  using zoo::Norm;
  const TemporaryFolder folder;
  const std::filesystem::path file = folder.path() / "resnet.safetensors";
  const auto read = [&] { return benchmarks::read_stored_model({.checkpoint = file}); };
  const auto kind = [](benchmarks::StoredModel stored) {
    const auto& resnet = dynamic_cast<zoo::ResNet<>&>(*stored.model.module);
    return resnet.stem.norm ? resnet.stem.norm->type_name() : "none";
  };
  const std::map<Norm, std::pair<std::string, std::string>> norms{
      {Norm::none, {"none", "none"}},
      {Norm::batch, {"batch", "BatchNorm2d"}},
      {Norm::filter_response, {"filter-response", "FilterResponseNorm2d"}}};
  for (const auto& [norm, names] : norms) {
    zoo::ResNet<> model({.norm = norm}, Generator(1));
    for (const bool named : {true, false}) {
      std::map<std::string, std::string> metadata{{"model", "ResNet20"}, {"activation", "silu"}};
      if (named) metadata["norm"] = names.first;
      io::save_checkpoint(file, model, metadata);
      BOOST_TEST(kind(read()) == names.second);
    }
  }
  zoo::VGG<> vgg({.batch_norm = true}, Generator(1));
  io::save_checkpoint(file, vgg, {{"model", "VGG11"}, {"batch_norm", "true"}});
  const benchmarks::StoredModel stored = read();
  BOOST_TEST(!dynamic_cast<zoo::VGG<>&>(*stored.model.module).norms.empty());
  io::save_checkpoint(file, vgg, {{"model", "VGG11"}, {"norm", "filter-response"}});
  BOOST_CHECK_EXCEPTION(read(), FileError,
                        says("has the normalisation filter-response, which VGG11 does not take"));
}

// The posterior's spread is stored as log σ² in place of log α.
BOOST_AUTO_TEST_CASE(a_model_with_a_gaussian_posterior_is_a_bayesian_one) {
  const TemporaryFolder folder;
  write_small_mnist(folder, 60, 40);
  folder.write("bar.bmp", bar_picture());
  const std::string file = (folder.path() / "gaussian.safetensors").string();
  zoo::Bayesian layers;
  layers.posterior = bayes::Gaussian{.log_variance = -6};
  zoo::BayesianLeNet5 model({}, Generator(1).split("model"), layers);
  data::Loader training(data::mnist(folder.path(), data::Split::train), {.batch_size = 30});
  train::fit(model, training, {.epochs = 1, .objective = bayes::Elbo{}, .progress = false});
  const data::Dataset test = benchmarks::find_test_set("mnist", folder.path(), 1);
  data::Loader images(test, {.batch_size = 500});
  const double mean_nll = bayes::evaluate(model, images, {.samples = 0}).nll();
  using Metadata = std::map<std::string, std::string>;
  for (const Metadata& metadata :
       {Metadata{{"model", "LeNet5"}, {"family", "bayesian"}}, Metadata{{"model", "LeNet5"}}}) {
    io::save_checkpoint(file, model, metadata);
    const Json scores = json_of(
        {"evaluate", "--checkpoint", file, "--data-dir", folder.path().string(), "--samples", "2"});
    BOOST_TEST(scores.at("model") == "BayesianLeNet5");
    BOOST_TEST(scores.at("posterior_mean").at("nll") == mean_nll);
    BOOST_TEST(scores.at("posterior_samples").at("nll") != mean_nll);
    const Json prediction = json_of({"predict", "--checkpoint", file, "--family", "bayesian",
                                     (folder.path() / "bar.bmp").string()});
    BOOST_TEST(prediction.at(0).at("epistemic") > 0);
  }
}

// The parameter may lie above its cap, which the file has to say: without it the noise is larger.
BOOST_AUTO_TEST_CASE(a_cap_of_the_noise_comes_back_from_the_file) {
  const TemporaryFolder folder;
  write_small_mnist(folder, 60, 40);
  const std::string file = (folder.path() / "capped.safetensors").string();
  const auto sampled_nll = [&](bayes::Posterior posterior,
                               std::map<std::string, std::string> metadata) {
    zoo::Bayesian layers;
    layers.posterior = std::move(posterior);
    zoo::BayesianLeNet5 model({}, Generator(1).split("model"), layers);
    for (const nn::NamedParameter& p : nn::parameters(model)) {
      if (p.role == nn::Role::spread) p.parameter->value().fill(-1);
    }
    metadata["model"] = "LeNet5";
    metadata["family"] = "bayesian";
    io::save_checkpoint(file, model, metadata);
    const Json scores = json_of(
        {"evaluate", "--checkpoint", file, "--data-dir", folder.path().string(), "--samples", "2"});
    const data::Dataset test = benchmarks::find_test_set("mnist", folder.path(), 1);
    data::Loader images(test, {.batch_size = 500});
    const double own = bayes::evaluate(model, images, {.samples = 2}).nll();
    return std::pair(scores.at("posterior_samples").at("nll").get<double>(), own);
  };
  const auto [gaussian, gaussian_own] =
      sampled_nll(bayes::Gaussian{.log_variance = -12, .largest_deviation = 0.005},
                  {{"posterior", "gaussian"}, {"largest_deviation", "0.005"}});
  BOOST_TEST(gaussian == gaussian_own);
  const auto [dropout, dropout_own] = sampled_nll(
      bayes::VariationalDropout{.log_alpha = -9, .upper_bound = -6}, {{"largest_log_alpha", "-6"}});
  BOOST_TEST(dropout == dropout_own);
  BOOST_TEST(dropout != sampled_nll(bayes::VariationalDropout{}, {}).first);
}

BOOST_AUTO_TEST_CASE(predict_names_class_probabilities_and_uncertainty) {
  const TemporaryFolder data;
  const TemporaryFolder out;
  train_small(data, out);
  data.write("bar.bmp", bar_picture());
  const std::string picture = (data.path() / "bar.bmp").string();
  const std::string checkpoint = (out.path() / "bayesian.safetensors").string();
  const auto predict = [&](const Arguments& more) {
    Arguments arguments{"predict", "--checkpoint", checkpoint, picture};
    arguments.insert(arguments.end(), more.begin(), more.end());
    return json_of(arguments);
  };
  const Json both = predict({picture});
  BOOST_TEST(both.size() == 2U);
  const Json& first = both.at(0);
  BOOST_TEST(both.at(1) == first);
  const std::vector<double> probabilities = probabilities_of(first);
  const double total = std::accumulate(probabilities.begin(), probabilities.end(), 0.0);
  const double largest = *std::max_element(probabilities.begin(), probabilities.end());
  BOOST_TEST(probabilities.size() == 10U);
  BOOST_TEST(std::abs(total - 1) < 1e-5);
  BOOST_TEST(first.at("probabilities").at(first.at("prediction").get<std::string>()) == largest);
  BOOST_TEST(first.at("epistemic") > 0);
  BOOST_TEST(first.at("aleatoric") > 0);
  BOOST_TEST(first.at("entropy") > 0);
  BOOST_TEST(predict({"--samples", "0"}).at(0).at("epistemic") == 0);
  const Json functions = predict({"--draw", "weights"});
  BOOST_TEST(functions.at(0).at("epistemic") > 0);
  BOOST_TEST(functions.at(0).at("probabilities") != first.at("probabilities"));
  BOOST_TEST(predict({"--invert"}).at(0).at("probabilities") != first.at("probabilities"));
  const Outcome text =
      run_program(CREDENCE_BENCH, {"predict", "--checkpoint", checkpoint, picture});
  BOOST_TEST(text.out.find(picture + ": ") == 0U, text.out);
  BOOST_TEST(text.out.find("epistemic 0.") != std::string::npos);
}

BOOST_AUTO_TEST_CASE(predict_gives_the_models_own_probabilities) {
  const TemporaryFolder folder;
  folder.write("bar.bmp", bar_picture());
  const std::filesystem::path picture = folder.path() / "bar.bmp";
  const std::filesystem::path file = folder.path() / "lenet5.safetensors";
  zoo::LeNet5<> model({.classes = 3}, Generator(1));
  io::save_checkpoint(
      file, model,
      {{"model", "LeNet5"}, {"class_names", "bar\ndot\nring\n"}, {"mean", "0.5"}, {"std", "0.25"}});
  const auto check = [&](const Tensor& pixels, const Arguments& more) {
    const Tensor images =
        benchmarks::to_float(pixels.reshape({1, 1, 28, 28}), data::Normalize{{0.5F}, {0.25F}});
    const auto expected =
        bayes::uncertainty(model, images, {.samples = 0}).probabilities.to_vector<double>();
    Arguments arguments{"predict", "--checkpoint", file.string(), picture.string()};
    arguments.insert(arguments.end(), more.begin(), more.end());
    const Json prediction = json_of(arguments).at(0);
    BOOST_TEST(prediction.at("probabilities").at("bar") == expected[0]);
    BOOST_TEST(prediction.at("probabilities").at("dot") == expected[1]);
    BOOST_TEST(prediction.at("probabilities").at("ring") == expected[2]);
    BOOST_TEST(prediction.at("model") == "LeNet5");
    BOOST_TEST(!prediction.contains("epistemic"));
  };
  const Tensor pixels = data::read_image(picture, 28, 28, 1);
  check(pixels, {});
  for (std::uint8_t& value : std::span(pixels.data<std::uint8_t>(), 28 * 28)) {
    value = static_cast<std::uint8_t>(255 - value);
  }
  check(pixels, {"--invert"});
}

BOOST_AUTO_TEST_CASE(results_are_written_to_a_file_or_nothing_is_done) {
  const TemporaryFolder folder;
  folder.write("bar.bmp", bar_picture());
  const std::string picture = (folder.path() / "bar.bmp").string();
  const std::string file = (folder.path() / "lenet5.safetensors").string();
  zoo::LeNet5<> model({}, Generator(1));
  io::save_checkpoint(file, model, {{"model", "LeNet5"}});
  const std::filesystem::path json = folder.path() / "results.json";
  const Outcome outcome = run_program(
      CREDENCE_BENCH, {"predict", "--checkpoint", file, "--json", json.string(), picture});
  BOOST_TEST(outcome.status == 0);
  BOOST_TEST(outcome.out.find(picture + ": ") == 0U, outcome.out);
  BOOST_TEST(Json::parse(read_text(json)).at(0).at("file") == picture);
  check_failure({"predict", "--checkpoint", file, "--json", file + "/x", picture}, 1, file);
  check_failure({"evaluate", "--checkpoint", file, "--json", file + "/x"}, 1, file);
}

BOOST_AUTO_TEST_CASE(a_weight_that_is_no_number_is_a_failure_that_names_it) {
  const TemporaryFolder folder;
  write_small_mnist(folder, 30, 50);
  folder.write("bar.bmp", bar_picture());
  const std::string file = (folder.path() / "broken.safetensors").string();
  const auto check = [&](nn::Module& model) {
    nn::parameters(model).back().parameter->value().data<float>()[4] = NAN;
    const std::string name = "\"" + nn::parameters(model).back().name + "\" [10] has nan";
    io::save_checkpoint(file, model, {{"model", "LeNet5"}});
    check_failure({"evaluate", "--checkpoint", file, "--data-dir", folder.path().string()}, 1,
                  name);
    check_failure({"predict", "--checkpoint", file, (folder.path() / "bar.bmp").string()}, 1, name);
  };
  zoo::LeNet5<> frequentist({}, Generator(1));
  check(frequentist);
  zoo::BayesianLeNet5 bayesian({}, Generator(1));
  check(bayesian);
}

BOOST_AUTO_TEST_CASE(metadata_that_make_no_sense_are_one_line) {
  const TemporaryFolder folder;
  const std::string file = (folder.path() / "lenet5.safetensors").string();
  zoo::LeNet5<> model({}, Generator(1));
  const auto check = [&](const std::string& key, const std::string& value,
                         const std::string& message) {
    std::map<std::string, std::string> metadata{{"model", "LeNet5"}};
    metadata[key] = value;
    io::save_checkpoint(file, model, metadata);
    check_failure({"evaluate", "--checkpoint", file, "--dataset", "synthetic-digits"}, 1,
                  file + ": " + message);
  };
  check("model", "ResNet18", "is of the model ResNet18, which is none of LeNet5, VGG11");
  check("family", "deep", "is of the family deep, which is neither frequentist nor bayesian");
  check("activation", "step", "[activation] \"step\"");
  check("mean", "0.5,x", "\"mean\" of the metadata is no list of numbers: 0.5,x");
  check("mean", "0.5,0.5", "");
  check("std", "0", "");
  check("seed", "-1", "\"seed\"");
  check("largest_deviation", "wide", "\"largest_deviation\" of the metadata is no list of numbers");
  check("largest_deviation", "1,2", "\"largest_deviation\" of the metadata is no number: 1,2");
  io::save_checkpoint(file, model, {{"model", "LeNet5"}, {"dataset", "imagenet"}});
  check_failure({"evaluate", "--checkpoint", file}, 1, "imagenet");
}

BOOST_AUTO_TEST_CASE(no_memory_is_asked_for_that_the_file_does_not_justify) {
  const TemporaryFolder folder;
  const std::filesystem::path file = folder.path() / "mlp.safetensors";
  const auto check = [&](const std::vector<NamedTensor>& tensors,
                         std::map<std::string, std::string> metadata, const std::string& message) {
    metadata["model"] = "MLP";
    io::save_safetensors(file, tensors, metadata);
    BOOST_CHECK_EXCEPTION(
        benchmarks::read_stored_model({.checkpoint = file}), FileError,
        [&](const FileError& error) {
          BOOST_TEST(std::string(error.what()).starts_with(file.string() + ": " + message),
                     error.what());
          return true;
        });
  };
  constexpr std::int64_t kMany = 1'000'000'000'000;
  const NamedTensor last{"fc3.weight", Tensor::zeros({2, 1})};
  check({{"fc3.weight", Tensor::zeros({kMany, 0})}}, {}, "has no matrix \"fc3.weight\"");
  check({last, {"fc1.weight", Tensor::zeros({kMany, 0})}},
        {{"widths", std::to_string(kMany) + ",2"}}, "has no tensor of width 1000000000000");
  check({last, {"fc1.weight", Tensor::zeros({100'000, 1})}}, {{"widths", "100000,100000"}},
        "has fewer elements than layers of the widths 100000,100000");
  check({last}, {{"image", "1,4096,4096"}}, "has no matrix \"fc1.weight\", which MLP has");
  const NamedTensor mean{"input_mean", Tensor::zeros({1, 70'000})};
  check({last, {"fc1.weight", Tensor::zeros({1200, 1})}, mean}, {},
        "has a \"fc1.weight\" with 1 columns; MLP on images of shape [1, 1, 70000] has 70000");
  check(
      {last, {"fc1.weight", Tensor::zeros({1, 70'000})}, mean, {"a", Tensor::zeros({100'000, 1})}},
      {{"widths", "100000,1"}}, "has a \"fc1.weight\" with 1 rows; MLP of these widths has 100000");
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
  check_failure({"predict", "--checkpoint", file, "--model", "VGG11", picture}, 1,
                file + ": is of LeNet5, not of VGG11");
  check_failure({"predict", "--checkpoint", file, "--family", "bayesian", picture}, 1,
                file + ": is of a frequentist model, not of a Bayesian one");
  check_failure({"predict", "--checkpoint", file}, 2, "pictures");
  check_failure({"predict", picture}, 2, "--checkpoint");
  check_failure({"predict", "--checkpoint", file, "--activation", "step", picture}, 2, "relu");
  check_failure({"evaluate", "--checkpoint", file}, 1, "mnist");
  check_failure({"evaluate", "--checkpoint", file, "--dataset", "imagenet"}, 2, "--dataset");
}

// generate_pytorch_weights.py wrote the files and the logits.
BOOST_AUTO_TEST_CASE(files_with_names_of_pytorch_give_its_logits) {
  for (const char* name : {"pytorch_vgg11_f32", "pytorch_vgg11_f16", "pytorch_vgg11_bn_bf16"}) {
    const benchmarks::StoredModel stored = benchmarks::read_stored_model(
        {.checkpoint =
             std::filesystem::path(CREDENCE_TEST_REFERENCE) / (std::string(name) + ".safetensors"),
         .model = "VGG11"});
    const NoGrad no_grad;
    const nn::EvaluationMode evaluation(*stored.model.module);
    const Variable images(reference_pixels({3, 3, 32, 32}));
    BOOST_TEST(
        largest_error((*stored.model.module)(images).value(), reference(name).at("logits")) < 2e-6,
        name);
  }
}

BOOST_AUTO_TEST_CASE(a_key_map_renames_the_tensors_of_a_float64_file) {
  const TemporaryFolder folder;
  const std::filesystem::path path = folder.path() / "net.safetensors";
  zoo::LeNet5<> net({}, Generator(1));
  std::vector<NamedTensor> tensors;
  for (const nn::NamedParameter& p : nn::parameters(net)) {
    tensors.push_back({"net." + p.name, p.parameter->value().to(DType::float64)});
  }
  io::save_safetensors(path, tensors);
  const benchmarks::StoredModelOptions options{
      .checkpoint = path, .model = "LeNet5", .key_map = io::KeyMap({{"^net\\.", ""}})};
  const benchmarks::StoredModel stored = benchmarks::read_stored_model(options);
  BOOST_TEST(same_bits(nn::parameters(*stored.model.module)[0].parameter->value(),
                       nn::parameters(net)[0].parameter->value()));
  check_failure({"evaluate", "--checkpoint", path.string(), "--model", "LeNet5"}, 1,
                "has no matrix \"fc3.weight\", which LeNet5 ends with; its nearest names are "
                "\"net.fc3.weight\", \"net.fc1.weight\", \"net.fc2.weight\"");
  check_failure({"evaluate", "--checkpoint", path.string(), "--key-map", "net"}, 2,
                "net is not of the form REGEX=NAME");
  check_failure({"evaluate", "--checkpoint", path.string(), "--key-map", "(=a"}, 2, "--key-map");
  check_failure({"--key-map", "a=b"}, 2, "--key-map: needs --pretrained");
}

BOOST_AUTO_TEST_CASE(a_classifier_of_three_layers_is_refused) {
  const TemporaryFolder folder;
  const std::filesystem::path path = folder.path() / "vgg.safetensors";
  std::vector<NamedTensor> tensors;
  for (const char* name :
       {"features.0", "features.3", "features.6", "features.8", "features.11", "features.13",
        "features.16", "features.18", "classifier.0", "classifier.3", "classifier.6"}) {
    tensors.push_back({name + std::string(".weight"), Tensor::zeros({1})});
  }
  io::save_safetensors(path, tensors);
  check_failure({"evaluate", "--checkpoint", path.string(), "--model", "VGG11"}, 1,
                "does not fit VGG11: the classifier of the file has 3 layers (classifier.0, "
                "classifier.3, classifier.6), that of VGG has 2 (fc1, fc2)");
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace credence::test
