// Tests of the network that examples compare methods on: its prior N(0, 1) is that of the usual
// parametrisation.
#include "examples/against_hmc/unit_prior_net.hpp"

#include <cmath>

#include <boost/test/unit_test.hpp>

namespace credence::test {

BOOST_AUTO_TEST_SUITE(unit_prior_net)

BOOST_AUTO_TEST_CASE(scales_and_a_column_for_the_bias_come_before_a_layer) {
  examples::PriorScale scale(0.5, 3);
  const Tensor y = scale(Variable(Tensor::from<float>({2, 2}, {2, 4, -6, 8}))).value();
  BOOST_TEST(y.to_vector<float>() == (std::vector<float>{1, 2, 3, -3, 4, 3}),
             boost::test_tools::per_element());
}

// The hidden unit is h = tanh(s_w w₁ x + s_b w₂), the output s_o w₃ h + w₄.
BOOST_AUTO_TEST_CASE(outputs_of_one_unit_are_the_formula) {
  const auto net = examples::unit_prior_net(
      {.hidden = 1, .weight_deviation = 3, .bias_deviation = 0.5, .output_deviation = 2},
      [](std::int64_t in, std::int64_t out, const Generator& generator) {
        nn::LinearOptions options;
        options.bias = false;
        options.weight_init = nn::init::constant(0.4);
        return nn::Linear(in, out, options, generator);
      },
      Generator(1));
  const double x = 0.3;
  const Tensor y = (*net)(Variable(Tensor::full({1, 1}, x))).value();
  const double hidden = std::tanh(3 * 0.4 * x + 0.5 * 0.4);
  BOOST_TEST(std::abs(y.item() - (2 * 0.4 * hidden + 0.4)) < 1e-6);
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace credence::test
