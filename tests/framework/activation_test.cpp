// Tests of the names and parameters of activations.
#include "framework/nn/activation.hpp"

#include "framework/autograd/gradcheck.hpp"
#include "framework/base/error.hpp"
#include "framework/nn/layers.hpp"
#include "framework/ops/arithmetic.hpp"
#include "framework/ops/pointwise.hpp"
#include "tests/framework/support.hpp"

#include <cmath>
#include <vector>

#include <boost/test/unit_test.hpp>

namespace credence::nn {

BOOST_AUTO_TEST_SUITE(activation)

BOOST_AUTO_TEST_CASE(names_are_read_back_exactly) {
  for (const Activation& activation :
       {Activation::relu(), Activation::elu(), Activation::silu(), Activation::tanh(),
        Activation::sigmoid(), Activation::softplus(), Activation::softplus(10),
        Activation::softplus(1.0 / 3), Activation::softplus(1e-9), Activation::leaky_relu(0.25),
        Activation::leaky_relu(0.01), Activation::leaky_relu(0), Activation::leaky_relu(1),
        Activation::elu(0.5), Activation::gelu(), Activation::gelu_tanh()}) {
    BOOST_TEST((Activation::from_name(activation.name()) == activation), activation.name());
  }
}

BOOST_AUTO_TEST_CASE(a_name_says_the_kind_and_its_parameter) {
  BOOST_TEST(Activation::softplus().name() == "softplus");
  BOOST_TEST(Activation::softplus(10).name() == "softplus(beta = 10)");
  BOOST_TEST(Activation::leaky_relu(0.1).name() == "leaky_relu(slope = 0.1)");
  BOOST_TEST(Activation::sigmoid().name() == "sigmoid");
}

BOOST_AUTO_TEST_CASE(parameters_may_follow_a_colon) {
  BOOST_TEST((Activation::from_name("softplus:10") == Activation::softplus(10)));
  BOOST_TEST((Activation::from_name("softplus:2.50") == Activation::softplus(2.5)));
  BOOST_TEST((Activation::from_name("elu:0.25") == Activation::elu(0.25)));
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

// Mish (Misra 2019, arXiv 1908.08681): x · tanh(softplus(x)).
struct Mish {
  static constexpr const char* kName = "mish";
  static constexpr bool kKeepsOutput = false;
  template <class V>
  V forward(V x) const {
    return x * std::tanh(std::log1p(std::exp(x)));
  }
  template <class V>
  V backward(V x, V grad) const {
    const V t = std::tanh(std::log1p(std::exp(x)));
    return grad * (t + x * (1 - t * t) / (1 + std::exp(-x)));
  }
};

Variable mish(const Variable& x) { return x * tanh(credence::softplus(x)); }

// x · tanh(ln(1 + e^x)) of these arguments, by Python's math module.
const std::vector<double> kArguments{-2, -0.5, 0, 1, 3};
const std::vector<double> kMish{-0.2525014826957089, -0.22074377465173, 0, 0.8650983882673103,
                                2.9865350049679575};

BOOST_AUTO_TEST_CASE(a_users_functor_and_a_users_function_have_values_and_gradients) {
  const Variable x(Tensor::from({5}, kArguments));
  for (const Activation& own : {Activation(Mish{}), Activation(mish)}) {
    const std::vector<double> y = own(x).value().to_vector<double>();
    for (std::size_t i = 0; i < kMish.size(); ++i) BOOST_TEST(std::abs(y[i] - kMish[i]) < 1e-14);
    const GradcheckResult gradients =
        gradcheck([&](const std::vector<Variable>& v) { return own(v[0]); }, {x.value()});
    BOOST_TEST(gradients.passed, gradients.message);
  }
}

BOOST_AUTO_TEST_CASE(layers_apply_a_users_activation_to_their_result) {
  const Variable row(Tensor::full({3, 6}, 0.5));
  Linear layer(6, 4, {}, Generator(1));
  const Tensor expected = mish(layer(row)).value();
  BOOST_TEST(same_bits(layer(row, mish).value(), expected));
  BOOST_TEST(same_bits(layer(row, [](const Variable& x) { return mish(x); }).value(), expected));
  BOOST_TEST(same_bits(layer(row, Mish{}).value(), Activation(Mish{})(layer(row)).value()));
}

BOOST_AUTO_TEST_CASE(a_users_activation_is_itself_or_its_name) {
  const Activation unnamed(mish);
  const Activation copy = unnamed;
  BOOST_TEST((copy == unnamed));
  BOOST_TEST((Activation(mish) != Activation(mish)));
  BOOST_TEST((Activation(mish, "mish") == Activation(Mish{})));
  BOOST_TEST((Activation(mish, "relu") != Activation::relu()));
  BOOST_TEST(unnamed.name() == "function");
  BOOST_TEST(Activation(Mish{}).name() == "mish");
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace credence::nn
