// Tests of weights from PyTorch: its names, its logits, other heads, Bayesian models.
#include "zoo/pretrained.hpp"

#include "bayes/posterior/gaussian.hpp"
#include "bayes/prior/normal.hpp"
#include "bayes/walk.hpp"
#include "framework/base/error.hpp"
#include "tests/bayes/support.hpp"
#include "tests/reference/reference.hpp"
#include "zoo/mlp.hpp"
#include "zoo/torchvision_vgg.hpp"

#include <algorithm>

#include <boost/test/unit_test.hpp>

namespace credence::zoo {

BOOST_AUTO_TEST_SUITE(pretrained)

namespace {

using Names = std::vector<std::string>;

// generate_pytorch_weights.py wrote these files.
std::filesystem::path reference_file(const std::string& name) {
  return std::filesystem::path(CREDENCE_TEST_REFERENCE) / (name + ".safetensors");
}

Names names_of(const io::SafeTensors& file) {
  Names names;
  for (const NamedTensor& tensor : file.tensors) names.push_back(tensor.name);
  return names;
}

VggOptions narrow(bool batch_norm, std::int64_t classes = 10) {
  return {.classes = classes, .batch_norm = batch_norm, .widths = {4, 6, 8, 8, 10, 10, 12, 12, 16}};
}

io::KeyMap keys_of(const std::string& name) {
  return torchvision_vgg_names(11, names_of(io::load_safetensors(reference_file(name))))->keys;
}

Tensor logits_of(nn::Module& model, const Shape& shape = {3, 3, 32, 32}) {
  const NoGrad no_grad;
  const nn::EvaluationMode evaluation(model);
  return model(Variable(reference_pixels(shape))).value();
}

double error_of(nn::Module& model, const std::string& name) {
  return largest_error(logits_of(model), reference(name).at("logits"));
}

Names weights(const std::string& container, const std::vector<int>& indices) {
  Names names;
  for (const int index : indices) names.push_back(container + std::to_string(index) + ".weight");
  return names;
}

void check_without(int depth, Names names, const Names& more, const std::string& why) {
  names.insert(names.end(), more.begin(), more.end());
  BOOST_TEST(torchvision_vgg_names(depth, names)->without == why);
}

}  // namespace

BOOST_AUTO_TEST_CASE(a_vgg_with_the_names_of_torchvision_gives_the_logits_of_pytorch) {
  for (const char* name : {"pytorch_vgg11_f32", "pytorch_vgg11_f16", "pytorch_vgg11_bn_bf16"}) {
    VGG<> model(narrow(std::string_view(name).find("_bn_") != std::string_view::npos),
                Generator(1));
    const io::LoadReport report =
        io::load_checkpoint(reference_file(name), model, {.rename = keys_of(name)});
    BOOST_TEST(report.taken.size() == nn::parameters(model).size() + nn::buffers(model).size());
    BOOST_TEST(error_of(model, name) < 2e-6, name);
  }
  // The logits of other weights are far away.
  VGG<> other(narrow(false), Generator(1));
  BOOST_TEST(error_of(other, "pytorch_vgg11_f32") > 0.1);
}

BOOST_AUTO_TEST_CASE(a_sequential_in_float64_gives_the_logits_of_pytorch) {
  MLP<> model({.features = 6, .hidden = {5, 4}, .classes = 3}, Generator(1));
  const std::filesystem::path path = reference_file("pytorch_mlp_f64");
  const auto names = sequential_names({"fc1", "fc2", "fc3"}, names_of(io::load_safetensors(path)));
  BOOST_CHECK_THROW(io::load_checkpoint(path, model, {.rename = names->keys}), FileError);
  io::load_checkpoint(path, model, {.rename = names->keys, .cast = true});
  const Tensor expected = reference("pytorch_mlp_f64").at("logits");
  BOOST_TEST(largest_error(logits_of(model, {4, 6}), expected) < 1e-6);
}

BOOST_AUTO_TEST_CASE(a_bayesian_model_takes_a_frequentist_file_in_one_call) {
  const std::filesystem::path path = reference_file("pytorch_vgg11_bn_bf16");
  const io::KeyMap keys = keys_of("pytorch_vgg11_bn_bf16");
  VGG<> frequentist(narrow(true), Generator(1));
  io::load_checkpoint(path, frequentist, {.rename = keys});
  Bayesian layers{.activation = nn::Activation::relu(),
                  .posterior = bayes::Gaussian{.log_variance = -8},
                  .prior = bayes::Normal{.centre = bayes::Centre::weights}};
  BayesianVGG model(narrow(true), Generator(2), layers);
  BOOST_CHECK_THROW(io::load_checkpoint(path, model, {.rename = keys}), FileError);
  const io::LoadReport report = bayes::load_weights(path, model, {.rename = keys});
  BOOST_TEST(report.missing.empty());
  bayes::set_sampling(model, bayes::Sampling::mean);
  BOOST_TEST(same_bits(logits_of(model), logits_of(frequentist)));
  for (const nn::NamedParameter& p : nn::parameters(model)) {
    if (p.role != nn::Role::spread) continue;
    BOOST_TEST(p.parameter->value().to_vector<double>().front() == -8, p.name);
  }
  for (const nn::NamedBuffer& b : nn::buffers(model)) {
    if (!b.name.ends_with(".prior_mean")) continue;
    const std::string weight = b.name.substr(0, b.name.rfind('.')) + ".weight";
    BOOST_TEST(same_bits(*b.buffer, bayes::parameter(model, weight).value()), b.name);
  }
}

BOOST_AUTO_TEST_CASE(another_head_keeps_its_own_weights) {
  const std::filesystem::path path = reference_file("pytorch_vgg11_f16");
  const io::KeyMap keys = keys_of("pytorch_vgg11_f16");
  BayesianVGG model(narrow(false, 7), Generator(1));
  const Tensor head = bayes::parameter(model, "fc2.weight").value().clone();
  BOOST_CHECK_THROW(bayes::load_weights(path, model, {.rename = keys}), FileError);
  const io::LoadReport report = load_all_but_head(path, model, {.rename = keys});
  BOOST_TEST(same_bits(bayes::parameter(model, "fc2.weight").value(), head));
  BOOST_TEST(report.missing.empty());
  BOOST_TEST(report.unused.empty());
  BOOST_TEST(report.taken.size() == 18U);
  const auto skipped = [&](const std::string& name) {
    return std::find(report.skipped.begin(), report.skipped.end(), name) != report.skipped.end();
  };
  BOOST_TEST(skipped("fc2.weight"));
  BOOST_TEST(skipped("fc2.bias"));
  VGG<> frequentist(narrow(false), Generator(1));
  io::load_checkpoint(path, frequentist, {.rename = keys});
  BOOST_TEST(same_bits(bayes::parameter(model, "fc1.weight").value(),
                       bayes::parameter(frequentist, "fc1.weight").value()));
  MLP<> mlp({.features = 6, .hidden = {5}, .classes = 3}, Generator(1));
  BOOST_TEST(mlp.head() == "fc2");
}

// The indices are those that torchvision 0.14 prints for its models.
BOOST_AUTO_TEST_CASE(the_layers_of_torchvision_have_these_indices) {
  const auto check = [](int depth, bool norm, const std::vector<int>& convolutions) {
    BOOST_TEST(torchvision_features(depth, norm).convolutions == convolutions,
               boost::test_tools::per_element());
  };
  check(11, false, {0, 3, 6, 8, 11, 13, 16, 18});
  check(11, true, {0, 4, 8, 11, 15, 18, 22, 25});
  check(13, false, {0, 2, 5, 7, 10, 12, 15, 17, 20, 22});
  check(13, true, {0, 3, 7, 10, 14, 17, 21, 24, 28, 31});
  check(16, false, {0, 2, 5, 7, 10, 12, 14, 17, 19, 21, 24, 26, 28});
  check(16, true, {0, 3, 7, 10, 14, 17, 20, 24, 27, 30, 34, 37, 40});
  check(19, false, {0, 2, 5, 7, 10, 12, 14, 16, 19, 21, 23, 25, 28, 30, 32, 34});
  check(19, true, {0, 3, 7, 10, 14, 17, 20, 23, 27, 30, 33, 36, 40, 43, 46, 49});
  BOOST_TEST(torchvision_features(16, true).norms.back() == 41);
}

BOOST_AUTO_TEST_CASE(what_has_no_place_in_the_model_is_named) {
  const Names features = weights("features.", {0, 3, 6, 8, 11, 13, 16, 18});
  check_without(11, features, weights("classifier.", {1, 4}), "");
  check_without(11, features, weights("classifier.", {0, 3, 6}),
                "the classifier of the file has 3 layers (classifier.0, classifier.3, "
                "classifier.6), that of VGG has 2 (fc1, fc2)");
  check_without(11, features, {"classifier.weight"},
                "the classifier of the file has 0 layers, that of VGG has 2 (fc1, fc2)");
  check_without(13, features, weights("classifier.", {0, 3}),
                "the layers of the file (features.0, features.3, features.6, features.8, "
                "features.11, features.13, features.16, features.18) are of VGG11, not of VGG13");
  check_without(11, {"features.0.weight"}, {},
                "the layers of the file (features.0) are of no VGG, not of VGG11");
  BOOST_TEST(!torchvision_vgg_names(11, Names{"conv1.weight"}).has_value());
  // torchvision's own: its convolutions are taken, the rest is listed.
  const auto own = torchvision_vgg_names(11, Names{features})->keys;
  BOOST_TEST(own("module.features.18.bias") == "conv8.bias");
  BOOST_TEST(own("classifier.0.weight") == "classifier.0.weight");
}

BOOST_AUTO_TEST_CASE(the_names_of_a_sequential) {
  const Names layers{"conv1", "conv2", "fc1"};
  const auto keys = sequential_names(layers, Names{"classifier.1.weight", "features.0.weight",
                                                   "features.0.bias", "features.10.weight"})
                        ->keys;
  BOOST_TEST(keys("features.0.bias") == "conv1.bias");
  BOOST_TEST(keys("features.10.weight") == "conv2.weight");
  BOOST_TEST(keys("classifier.1.weight") == "fc1.weight");
  BOOST_TEST(sequential_names(layers, weights("net.", {2, 0, 11}))->keys("net.11.bias") ==
             "fc1.bias");
  BOOST_TEST(sequential_names(layers, weights("", {0, 2}))->without ==
             "the file has 2 layers with weights (0, 2), the model has 3");
  BOOST_TEST(!sequential_names(layers, Names{"fc1.weight"}).has_value());
  BOOST_TEST(!sequential_names(layers, Names{"a.0.weight", "b.0.weight"}).has_value());
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace credence::zoo
