// Tests of Bayesian layers with each extent set to 0.
#include "tests/framework/empty_extents.hpp"

#include "bayes/layers/layers.hpp"
#include "tests/bayes/empty_extents.hpp"

namespace credence {

BOOST_AUTO_TEST_SUITE(bayesian_empty_extents, *boost::unit_test::label("every_isa"))

BOOST_AUTO_TEST_CASE(local_reparameterization_refuses_them_or_gives_finite_results) {
  check_empty(bayesian_cases(), Device::cpu);
}

BOOST_AUTO_TEST_CASE(layers_take_a_batch_without_images) {
  const Generator seed(1);
  bayes::BayesianConv2d layer(6, 16, {.kernel = 5}, bayes::VariationalDropout{}, seed);
  const Variable x(Tensor::zeros({0, 6, 12, 12}, DType::float32), true);
  const Variable y = layer(x);
  BOOST_TEST((y.shape() == Shape{0, 16, 8, 8}));
  y.backward(Tensor::zeros(y.shape(), DType::float32));
  for (const nn::NamedParameter& named : nn::parameters(layer)) {
    for (const double value : named.parameter->grad().to_vector<double>()) BOOST_TEST(value == 0);
  }
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace credence
