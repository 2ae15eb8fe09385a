// Tests of LeNet5: shapes, numbers of parameters, and values and gradients from PyTorch.
#include "zoo/lenet5.hpp"

#include "bayes/elbo.hpp"
#include "bayes/posterior/gaussian.hpp"
#include "bayes/walk.hpp"
#include "framework/base/error.hpp"
#include "framework/train/objective.hpp"
#include "tests/bayes/support.hpp"
#include "tests/reference/reference.hpp"
#include "tests/zoo/waves.hpp"

#include <algorithm>
#include <cmath>

#include <boost/test/unit_test.hpp>

namespace credence::zoo {

BOOST_AUTO_TEST_SUITE(lenet5)

namespace {

using bayes::float_normals;
using bayes::parameter;

std::vector<std::string> names(nn::Module& model) {
  std::vector<std::string> result;
  for (const nn::NamedParameter& p : nn::parameters(model)) result.push_back(p.name);
  return result;
}

template <class Family>
void check_reference(const std::string& name, LeNet5<Family>& model) {
  for (const char* layer : {"conv1", "conv2", "fc1", "fc2", "fc3"}) {
    const Tensor& weight = parameter(model, std::string(layer) + ".weight").value();
    const auto fan_in = static_cast<double>(weight.shape().numel_from(1));
    fill_with_waves(weight, 2 / std::sqrt(fan_in));
    fill_with_waves(parameter(model, std::string(layer) + ".bias").value(), 0.1);
  }
  const Variable y = model(Variable(waves({2, 1, 28, 28}, 1)));
  y.backward(waves({2, 10}, 10));
  const Reference& expected = reference(name);
  BOOST_TEST(largest_error(y.value(), expected.at("y")) < 2e-6);
  const auto gradient_error = [&](const char* path, const char* key) {
    return largest_error(parameter(model, path).grad(), expected.at(key));
  };
  BOOST_TEST(gradient_error("conv1.weight", "grad_conv1_weight") < 2e-6);
  BOOST_TEST(gradient_error("conv2.bias", "grad_conv2_bias") < 2e-6);
  BOOST_TEST(gradient_error("fc1.bias", "grad_fc1_bias") < 2e-6);
}

void check_gradients(nn::Module& model, const train::Objective& objective) {
  const train::Batch batch{float_normals({8, 1, 28, 28}, "images"),
                           Tensor::from<std::int64_t>({8}, {0, 1, 2, 3, 4, 5, 6, 7})};
  objective(model, batch, {8}).total.backward();
  for (const nn::NamedParameter& p : nn::parameters(model)) {
    BOOST_REQUIRE_MESSAGE(p.parameter->grad().defined(), p.name << " has no gradient");
    const std::vector<float> gradient = p.parameter->grad().to_vector<float>();
    BOOST_TEST(
        std::all_of(gradient.begin(), gradient.end(), [](float g) { return std::isfinite(g); }),
        p.name);
    BOOST_TEST(std::any_of(gradient.begin(), gradient.end(), [](float g) { return g != 0.0F; }),
               p.name);
  }
}

}  // namespace

BOOST_AUTO_TEST_CASE(it_maps_images_to_logits) {
  LeNet5<> model({}, Generator(1));
  BayesianLeNet5 bayesian({}, Generator(1));
  const Variable x(float_normals({3, 1, 28, 28}, "x"));
  BOOST_TEST((model(x).shape() == Shape{3, 10}));
  BOOST_TEST((bayesian(x).shape() == Shape{3, 10}));
  LeNet5<> other({.channels = 3, .classes = 7}, Generator(1));
  BOOST_TEST((other(Variable(float_normals({2, 3, 28, 28}, "x"))).shape() == Shape{2, 7}));
}

BOOST_AUTO_TEST_CASE(it_has_the_known_number_of_parameters) {
  LeNet5<> model({}, Generator(1));
  BOOST_TEST(nn::parameter_count(model) == 44'426);
  BOOST_TEST(nn::parameter_bytes(model) == 177'704U);
  // Each of the 44 190 weights has a log alpha.
  BayesianLeNet5 bayesian({}, Generator(1));
  BOOST_TEST(nn::parameter_count(bayesian) == 88'616);
  BOOST_TEST(nn::parameter_bytes(bayesian) == 354'464U);
}

// The net of Caffe's examples: 500 + 25 000 + 400 000 + 5000 weights and 580 biases.
BOOST_AUTO_TEST_CASE(with_three_widths_it_has_no_fc2) {
  LeNet5<> model({.widths = {20, 50, 500}}, Generator(1));
  BOOST_TEST(nn::parameter_count(model) == 431'080);
  const std::vector<std::string> expected{"conv1.weight", "conv1.bias", "conv2.weight",
                                          "conv2.bias",   "fc1.weight", "fc1.bias",
                                          "fc3.weight",   "fc3.bias"};
  BOOST_TEST(names(model) == expected, boost::test_tools::per_element());
  BOOST_TEST(model.chain().size() == 4U);
  const Variable x(float_normals({2, 1, 28, 28}, "x"));
  BOOST_TEST((model(x).shape() == Shape{2, 10}));
  BOOST_CHECK_EXCEPTION(LeNet5<>({.widths = {20, 50}}, Generator(1)), ValueError,
                        says("4 widths, or 3 without fc2, not 2"));
}

BOOST_AUTO_TEST_CASE(parameter_names_differ_between_the_families_by_log_alpha_alone) {
  LeNet5<> model({}, Generator(1));
  BayesianLeNet5 bayesian({}, Generator(1));
  const std::vector<std::string> expected{
      "conv1.weight", "conv1.bias", "conv2.weight", "conv2.bias", "fc1.weight",
      "fc1.bias",     "fc2.weight", "fc2.bias",     "fc3.weight", "fc3.bias"};
  BOOST_TEST(names(model) == expected, boost::test_tools::per_element());
  std::vector<std::string> shared = names(bayesian);
  BOOST_TEST(shared.size() == 15U);
  std::erase_if(shared, [](const std::string& name) { return name.ends_with(".log_alpha"); });
  BOOST_TEST(shared == expected, boost::test_tools::per_element());
  BayesianLeNet5 gaussian({}, Generator(1), {.posterior = bayes::Gaussian{}});
  BOOST_TEST(parameter(gaussian, "fc3.log_variance").value().numel() == 840);
}

BOOST_AUTO_TEST_CASE(in_mean_mode_the_bayesian_model_is_the_frequentist_one) {
  LeNet5<> model({}, Generator(5));
  BayesianLeNet5 bayesian({}, Generator(5), {.activation = nn::Activation::relu()});
  for (const nn::NamedParameter& p : nn::parameters(model)) {
    BOOST_TEST(same_bits(parameter(bayesian, p.name).value(), p.parameter->value()), p.name);
  }
  bayes::set_sampling(bayesian, bayes::Sampling::mean);
  const Variable x(float_normals({3, 1, 28, 28}, "x"));
  BOOST_TEST(same_bits(bayesian(x).value(), model(x).value()));
  bayes::set_sampling(bayesian, bayes::Sampling::sample);
  BOOST_TEST(!same_bits(bayesian(x).value(), model(x).value()));
}

BOOST_AUTO_TEST_CASE(values_and_gradients_agree_with_pytorch) {
  LeNet5<> model({}, Generator(1));
  check_reference("lenet5_relu", model);
  BayesianLeNet5 bayesian({}, Generator(1));
  bayes::set_sampling(bayesian, bayes::Sampling::mean);
  check_reference("lenet5_softplus", bayesian);
}

BOOST_AUTO_TEST_CASE(a_gradient_reaches_every_parameter) {
  LeNet5<> model({}, Generator(1));
  check_gradients(model, train::cross_entropy);
  BayesianLeNet5 bayesian({}, Generator(1));
  check_gradients(bayesian, bayes::Elbo{.temperature = 0});
}

BOOST_AUTO_TEST_CASE(the_weights_depend_on_the_seed_alone) {
  LeNet5<> one({}, Generator(1));
  LeNet5<> again({}, Generator(1));
  LeNet5<> other({}, Generator(2));
  BOOST_TEST(same_bits(parameter_values(one), parameter_values(again)));
  const std::vector<Tensor> first = parameter_values(one);
  const std::vector<Tensor> second = parameter_values(other);
  for (std::size_t i = 0; i < first.size(); ++i) BOOST_TEST(!same_bits(first[i], second[i]));
}

BOOST_AUTO_TEST_CASE(the_divergence_at_the_start_is_that_of_its_weights) {
  BayesianLeNet5 model({}, Generator(1));
  const auto layers = bayes::kl_divergence_per_layer(model);
  const std::vector<double> weights{150, 2400, 30720, 10080, 840};
  BOOST_REQUIRE(layers.size() == weights.size());
  // A sum of 30 720 equal numbers loses some of the digits of float32.
  constexpr double kPerWeight = 2.5033577;
  double total = 0;
  for (std::size_t i = 0; i < weights.size(); ++i) {
    BOOST_TEST(std::abs(layers[i].second / weights[i] - kPerWeight) < 1e-4, layers[i].first);
    total += weights[i];
  }
  BOOST_TEST(total == 44190);
  BOOST_TEST(std::abs(bayes::item(bayes::kl_divergence(model)) / total - kPerWeight) < 1e-4);
}

// 62,006 parameters has the LeNet that PyTorch's tutorial "Training a classifier" trains on
// CIFAR-10, 61,706 that on images of 32 × 32 grey pixels.
BOOST_AUTO_TEST_CASE(options_say_the_size_and_the_channels_of_the_images) {
  LeNet5<> colour({.channels = 3, .height = 32, .width = 32}, Generator(1));
  BOOST_TEST(nn::parameter_count(colour) == 62006);
  LeNet5<> grey({.height = 32, .width = 32}, Generator(1));
  BOOST_TEST(nn::parameter_count(grey) == 61706);
  const NoGrad no_grad;
  for (std::int64_t side = kLeNet5LeastSide; side < 40; ++side) {
    BayesianLeNet5 model({.channels = 3, .height = side, .width = 55 - side}, Generator(1));
    BOOST_TEST((model(Variable(Tensor::zeros({2, 3, side, 55 - side}))).shape() == Shape{2, 10}));
  }
  BOOST_CHECK_EXCEPTION(LeNet5<>({.height = 15}, Generator(1)), ValueError,
                        says("[LeNet5] the images must have at least 16 x 16 pixels, not 15 x 28"));
}

BOOST_AUTO_TEST_CASE(images_of_another_size_are_refused) {
  LeNet5<> model({}, Generator(1));
  BayesianLeNet5 bayesian({}, Generator(1));
  const auto forward = [](nn::Module& m, const Shape& shape) { m(Variable(Tensor::zeros(shape))); };
  BOOST_CHECK_EXCEPTION(forward(model, {2, 1, 32, 32}), ShapeError,
                        says("input [2, 400], weight [120, 256]"));
  BOOST_CHECK_EXCEPTION(forward(bayesian, {2, 1, 32, 32}), ShapeError,
                        says("input [2, 400], weight [120, 256]"));
  BOOST_CHECK_EXCEPTION(forward(model, {2, 3, 28, 28}), ShapeError,
                        says("input [2, 3, 28, 28], weight [6, 1, 5, 5]"));
  BOOST_CHECK_EXCEPTION(forward(model, {2, 1, 4, 4}), ShapeError,
                        says("a window of 5 does not fit into an extent of 4"));
  BOOST_CHECK_EXCEPTION(forward(model, {2, 784}), ShapeError, says("[convolution]"));
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace credence::zoo
