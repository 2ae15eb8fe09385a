// Tests of the multilayer perceptron: shapes, numbers of parameters, names, values, and conversion.
#include "zoo/mlp.hpp"

#include "bayes/walk.hpp"
#include "framework/nn/gradcheck.hpp"
#include "tests/bayes/support.hpp"
#include "zoo/convert.hpp"

#include <boost/test/unit_test.hpp>

namespace credence::zoo {

BOOST_AUTO_TEST_SUITE(mlp)

namespace {

using bayes::float_normals;

std::vector<std::string> names(nn::Module& model) {
  std::vector<std::string> result;
  for (const nn::NamedParameter& p : nn::parameters(model)) {
    if (p.role != nn::Role::spread) result.push_back(p.name);
  }
  return result;
}

}  // namespace

// 784 · 1200 + 1200 + 1200 · 1200 + 1200 + 1200 · 10 + 10
BOOST_AUTO_TEST_CASE(it_has_the_number_of_parameters_of_its_widths) {
  MLP<> model({}, Generator(1));
  BOOST_TEST(nn::parameter_count(model) == 2'395'210);
  MLP<> small({.features = 6, .hidden = {5, 4, 3}, .classes = 2}, Generator(1));
  BOOST_TEST(nn::parameter_count(small) == 35 + 24 + 15 + 8);
  MLP<> linear({.features = 6, .hidden = {}, .classes = 2}, Generator(1));
  BOOST_TEST(nn::parameter_count(linear) == 14);
}

BOOST_AUTO_TEST_CASE(both_families_give_logits_and_share_their_names) {
  const MLPOptions options{.features = 12, .hidden = {7, 5}, .classes = 3};
  MLP<> frequentist(options, Generator(1));
  BayesianMLP bayesian(options, Generator(1));
  const std::vector<std::string> expected{"fc1.weight", "fc1.bias",   "fc2.weight",
                                          "fc2.bias",   "fc3.weight", "fc3.bias"};
  BOOST_TEST(names(frequentist) == expected, boost::test_tools::per_element());
  BOOST_TEST(names(bayesian) == expected, boost::test_tools::per_element());
  // An image and a row of features are the same input.
  const Tensor x = float_normals({4, 1, 3, 4}, "x");
  BOOST_TEST((bayesian(Variable(x)).shape() == Shape{4, 3}));
  BOOST_TEST(same_bits(frequentist(Variable(x)).value(),
                       frequentist(Variable(x.reshape({4, 12}))).value()));
}

// With all weights 1 and biases 0 the layers are sums.
BOOST_AUTO_TEST_CASE(its_activation_is_between_the_layers_alone) {
  MLP<> model({.features = 2, .hidden = {3}, .classes = 1}, Generator(1));
  for (const nn::NamedParameter& p : nn::parameters(model)) {
    p.parameter->value().fill(p.role == nn::Role::weight ? 1 : 0);
  }
  const auto output = [&](float a, float b) {
    return model(Variable(Tensor::from<float>({1, 2}, {a, b}))).value().to_vector<float>()[0];
  };
  BOOST_TEST(output(1, 2) == 9.0F);
  BOOST_TEST(output(1, -2) == 0.0F);
  nn::parameters(model).back().parameter->value().fill(-4);
  BOOST_TEST(output(1, -2) == -4.0F);
}

// (3 - 1) / 2 + (10 - 4) / 3 = 3, summed by three units and their sum.
BOOST_AUTO_TEST_CASE(a_scale_brings_the_features_to_a_common_one) {
  MLP<> model({.features = 2,
               .hidden = {3},
               .classes = 1,
               .scale = Scale{.mean = {1, 4}, .deviation = {2, 3}}},
              Generator(1));
  for (const nn::NamedParameter& p : nn::parameters(model)) {
    p.parameter->value().fill(p.role == nn::Role::weight ? 1 : 0);
  }
  BOOST_TEST(model(Variable(Tensor::from<float>({1, 2}, {3, 10}))).value().item() == 9);
  std::vector<std::string> kept;
  for (const nn::NamedBuffer& b : nn::buffers(model)) kept.push_back(b.name);
  BOOST_TEST(kept == (std::vector<std::string>{"input_mean", "input_deviation"}),
             boost::test_tools::per_element());
  MLP<> plain({.features = 2, .hidden = {3}, .classes = 1}, Generator(1));
  BOOST_TEST(nn::buffers(plain).empty());
}

BOOST_AUTO_TEST_CASE(both_families_have_the_right_derivatives) {
  const MLPOptions options{.features = 6, .hidden = {5, 4}, .classes = 3};
  MLP<> frequentist(options, Generator(1), {.activation = nn::Activation::tanh()});
  const GradcheckResult one = nn::gradcheck(frequentist, normals({2, 6}, "x"));
  BOOST_TEST(one.passed, one.message);
  BayesianMLP bayesian(options, Generator(1));
  const GradcheckResult other = nn::gradcheck(bayesian, normals({2, 6}, "x"));
  BOOST_TEST(other.passed, other.message);
}

BOOST_AUTO_TEST_CASE(in_mean_mode_the_converted_model_is_the_frequentist_one_bit_for_bit) {
  MLP<> from({}, Generator(1));
  BayesianMLP to({}, Generator(2), {.activation = nn::Activation::relu()});
  bayes::set_sampling(to, bayes::Sampling::mean);
  convert(from, to);
  const Variable x(float_normals({3, 1, 28, 28}, "x"));
  BOOST_TEST(same_bits(to(x).value(), from(x).value()));
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace credence::zoo
