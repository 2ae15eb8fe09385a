// Tests of the conversion of frequentist models.
#include "zoo/convert.hpp"

#include "bayes/walk.hpp"
#include "tests/bayes/support.hpp"
#include "zoo/lenet5.hpp"

#include <boost/test/unit_test.hpp>

namespace credence::zoo {

BOOST_AUTO_TEST_SUITE(zoo_convert)

namespace {

Variable images() { return Variable(bayes::float_normals({3, 1, 28, 28}, "x")); }

}  // namespace

BOOST_AUTO_TEST_CASE(in_mean_mode_the_converted_model_is_the_frequentist_one_bit_for_bit) {
  LeNet5<> from({}, Generator(1));
  BayesianLeNet5 to({}, Generator(2), {.activation = nn::Activation::relu()});
  bayes::set_sampling(to, bayes::Sampling::mean);
  BOOST_TEST(!same_bits(to(images()).value(), from(images()).value()));
  convert(from, to);
  BOOST_TEST(same_bits(to(images()).value(), from(images()).value()));
  bayes::set_sampling(to, bayes::Sampling::sample);
  BOOST_TEST(!same_bits(to(images()).value(), from(images()).value()));
}

BOOST_AUTO_TEST_CASE(another_activation_is_refused_unless_it_is_allowed) {
  LeNet5<> from({}, Generator(1));
  BayesianLeNet5 to({}, Generator(2));
  const std::vector<Tensor> before = parameter_values(to);
  BOOST_CHECK_EXCEPTION(convert(from, to), ValueError,
                        says("[convert] the weights were trained with the activation relu, the "
                             "model that they are copied to has softplus"));
  BOOST_TEST(same_bits(before, parameter_values(to)));
  convert(from, to, {.allow_other_activation = true});
  BOOST_TEST(same_bits(bayes::parameter(to, "fc2.weight").value(),
                       bayes::parameter(from, "fc2.weight").value()));
  LeNet5<> sharp({}, Generator(1), {.activation = nn::Activation::softplus(10)});
  BOOST_CHECK_THROW(convert(sharp, to), ValueError);
}

BOOST_AUTO_TEST_CASE(a_model_with_another_number_of_classes_is_refused) {
  LeNet5<> from({.classes = 7}, Generator(1));
  BayesianLeNet5 to({}, Generator(2), {.activation = nn::Activation::relu()});
  BOOST_CHECK_EXCEPTION(convert(from, to), ShapeError,
                        says("the parameter \"fc3.bias\" is [7] float32, but in the model that is "
                             "copied to [10] float32"));
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace credence::zoo
