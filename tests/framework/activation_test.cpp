// Tests of the names and parameters of activations.
#include "framework/nn/activation.hpp"

#include "framework/base/error.hpp"
#include "framework/ops/pointwise.hpp"
#include "tests/framework/support.hpp"

#include <cmath>

#include <boost/test/unit_test.hpp>

namespace credence::nn {

BOOST_AUTO_TEST_SUITE(activation)

BOOST_AUTO_TEST_CASE(names_are_read_back_exactly) {
  using Kind = Activation::Kind;
  for (const Activation& activation :
       {Activation::relu(), Activation(Kind::elu), Activation(Kind::silu), Activation(Kind::tanh),
        Activation(Kind::sigmoid), Activation::softplus(), Activation::softplus(10),
        Activation::softplus(1.0 / 3), Activation::softplus(1e-9), Activation::leaky_relu(0.25),
        Activation::leaky_relu(0.01), Activation::leaky_relu(0), Activation::leaky_relu(1)}) {
    BOOST_TEST((Activation::from_name(activation.name()) == activation), activation.name());
  }
}

BOOST_AUTO_TEST_CASE(a_name_says_the_kind_and_its_parameter) {
  BOOST_TEST(Activation::softplus().name() == "softplus");
  BOOST_TEST(Activation::softplus(10).name() == "softplus(beta = 10)");
  BOOST_TEST(Activation::leaky_relu(0.1).name() == "leaky_relu(slope = 0.1)");
  BOOST_TEST(Activation(Activation::Kind::sigmoid).name() == "sigmoid");
}

BOOST_AUTO_TEST_CASE(parameters_may_follow_a_colon) {
  BOOST_TEST((Activation::from_name("softplus:10") == Activation::softplus(10)));
  BOOST_TEST((Activation::from_name("softplus:2.50") == Activation::softplus(2.5)));
  BOOST_TEST((Activation::from_name("leaky_relu:1e-1") == Activation::leaky_relu(0.1)));
}

BOOST_AUTO_TEST_CASE(other_names_are_refused_with_those_there_are) {
  for (const char* name :
       {"", "step", "ReLU", "relu:2", "relu ", "leaky_relu", "leaky_relu:", "leaky_relu:-0.1",
        "softplus:", "softplus:0", "softplus:-1", "softplus:1x", "softplus:nan", "softplus:inf",
        "softplus(beta = 10", "softplus(beta = )", "softplus(slope = 1)", "tanh(beta = 1)"}) {
    BOOST_CHECK_EXCEPTION(Activation::from_name(name), ValueError, says("softplus:BETA"));
  }
}

BOOST_AUTO_TEST_CASE(parameters_that_no_function_has_are_refused) {
  BOOST_CHECK_EXCEPTION(Activation::softplus(0), ValueError,
                        says("the parameter of softplus(beta = 0) must be finite and positive"));
  BOOST_CHECK_EXCEPTION(Activation::leaky_relu(-0.1), ValueError, says("not negative"));
  BOOST_CHECK_EXCEPTION(Activation::leaky_relu(INFINITY), ValueError, says("finite"));
  BOOST_CHECK_EXCEPTION(credence::leaky_relu(Variable(Tensor::zeros({2})), -0.1), ValueError,
                        says("[leaky_relu] the slope must not be negative"));
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace credence::nn
