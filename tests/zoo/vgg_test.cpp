// Tests of the VGG models: numbers of parameters, names, and gradients.
#include "zoo/vgg.hpp"

#include "framework/base/error.hpp"
#include "tests/framework/support.hpp"

#include <map>

#include <boost/test/unit_test.hpp>

namespace credence {

BOOST_AUTO_TEST_SUITE(vgg)

namespace {

std::vector<std::string> names(nn::Module& model) {
  std::vector<std::string> names;
  for (const nn::NamedParameter& p : nn::parameters(model)) {
    if (!p.name.ends_with("log_alpha")) names.push_back(p.name);
  }
  return names;
}

}  // namespace

// The numbers of convolutions are those of Simonyan and Zisserman's configurations A, B, D and E.
BOOST_AUTO_TEST_CASE(the_depths_have_their_published_numbers_of_parameters) {
  const std::map<int, std::int64_t> convolutions{
      {11, 9220480}, {13, 9404992}, {16, 14714688}, {19, 20024384}};
  for (const auto& [depth, count] : convolutions) {
    zoo::VGG<> model({.depth = depth}, Generator(1));
    BOOST_TEST(nn::parameter_count(model) == count + (512 * 512 + 512) + (512 * 10 + 10));
  }
}

BOOST_AUTO_TEST_CASE(both_families_give_logits_and_share_their_names) {
  zoo::VGG<> frequentist({.classes = 7}, Generator(1));
  zoo::BayesianVGG bayesian({.classes = 7}, Generator(1));
  BOOST_TEST(names(frequentist) == names(bayesian), boost::test_tools::per_element());
  const NoGrad no_grad;
  const Variable images(Tensor::full({2, 3, 32, 32}, 0.5));
  BOOST_TEST((frequentist(images).shape() == Shape{2, 7}));
  BOOST_TEST((bayesian(images).shape() == Shape{2, 7}));
}

BOOST_AUTO_TEST_CASE(every_parameter_gets_a_gradient) {
  zoo::BayesianVGG model({}, Generator(1));
  const Variable logits = model(Variable(Tensor::full({1, 3, 32, 32}, 0.5)));
  logits.backward(Tensor::full(logits.shape(), 1));
  for (const nn::NamedParameter& p : nn::parameters(model)) {
    BOOST_TEST(p.parameter->grad().defined(), p.name);
  }
}

BOOST_AUTO_TEST_CASE(options_say_the_size_and_the_channels_of_the_images) {
  const NoGrad no_grad;
  const std::vector<std::int64_t> widths{2, 2, 2, 2, 2, 2, 2, 3, 4};
  // Half the rows remain after each of the five blocks, rounded down.
  for (const auto& [height, rows] : {std::pair{32, 1}, {63, 1}, {64, 2}, {100, 3}}) {
    zoo::VGG<> model({.channels = 1, .height = height, .width = 64, .classes = 7, .widths = widths},
                     Generator(1));
    // Weights and biases.
    BOOST_TEST(nn::parameter_count(model.fc1) == 4 * (3 * rows * 2) + 4);
    BOOST_TEST((model(Variable(Tensor::zeros({2, 1, height, 64}))).shape() == Shape{2, 7}));
  }
  BOOST_CHECK_EXCEPTION(zoo::VGG<>({.width = 31}, Generator(1)), ValueError,
                        says("[VGG] the images must have at least 32 x 32 pixels, not 32 x 31"));
}

BOOST_AUTO_TEST_CASE(another_depth_is_refused) {
  BOOST_CHECK_THROW(zoo::VGG<>({.depth = 12}, Generator(1)), ValueError);
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace credence
