// Tests of the models of numbers: their formulas, and the likelihood in the unit of the target.
#include "zoo/regression_net.hpp"

#include "bayes/likelihood/regression.hpp"
#include "bayes/posterior/gaussian.hpp"
#include "framework/core/random.hpp"

#include <cmath>

#include <boost/test/unit_test.hpp>

namespace credence::zoo {

BOOST_AUTO_TEST_SUITE(regression_net)

namespace {

const Scale kInputs{{10, -2}, {2, 0.5}};
const Scale kTarget{{100}, {4}};

}  // namespace

BOOST_AUTO_TEST_CASE(bumps_are_gaussian_functions_at_even_distances) {
  Bumps bumps(5, -1, 1, 0.5);
  const Tensor x = Tensor::from<float>({2, 1}, {-1, 0.25});
  const Variable y = bumps(Variable(x));
  BOOST_TEST((y.shape() == Shape{2, 5}));
  for (std::int64_t n = 0; n < 2; ++n) {
    for (std::int64_t j = 0; j < 5; ++j) {
      const double distance = (n == 0 ? -1 : 0.25) - (-1 + 0.5 * static_cast<double>(j));
      BOOST_TEST(y.value().data<float>()[n * 5 + j] == std::exp(-distance * distance / (0.5 * 0.5)),
                 boost::test_tools::tolerance(1e-6));
    }
  }
}

BOOST_AUTO_TEST_CASE(the_models_have_as_many_parameters_as_their_layers) {
  BumpModel bumps(Generator(1));
  BOOST_TEST(nn::parameter_count(bumps) == 30 * 2 + 2);
  BumpModel<Bayesian> bayesian(Generator(1), {.posterior = bayes::Gaussian{}});
  BOOST_TEST(nn::parameter_count(bayesian) == 2 * (30 * 2) + 2);
  RegressionNet net({.inputs = kInputs, .hidden = 7}, Generator(1));
  BOOST_TEST(nn::parameter_count(net) == (2 * 7 + 7) + (7 * 7 + 7) + (7 * 2 + 2));
}

// −log N(y; m, s²) of z = (y − m_y) / s_y is that of y less log s_y, by the change of variables.
BOOST_AUTO_TEST_CASE(scales_change_the_unit_and_nothing_else) {
  RegressionNet scaled({.inputs = kInputs, .target = kTarget, .hidden = 7}, Generator(3));
  RegressionNet plain({.inputs = {{0, 0}, {1, 1}}, .hidden = 7}, Generator(3));
  const RandomStream random = Generator(5).next();
  const Tensor x = Tensor::empty({20, 2});
  const Tensor z = Tensor::empty({20, 2});
  const Tensor y = Tensor::empty({20, 1});
  const Tensor y_scaled = Tensor::empty({20, 1});
  for (std::int64_t i = 0; i < 40; ++i) {
    const auto column = static_cast<std::size_t>(i % 2);
    z.data<float>()[i] = static_cast<float>(random.normal(i));
    x.data<float>()[i] = z.data<float>()[i] * kInputs.deviation[column] + kInputs.mean[column];
  }
  for (std::int64_t i = 0; i < 20; ++i) {
    y_scaled.data<float>()[i] = static_cast<float>(random.normal(100 + i));
    y.data<float>()[i] = 100 + 4 * y_scaled.data<float>()[i];
  }
  const bayes::GaussianLikelihood likelihood;
  const double own = likelihood.negative_log_likelihood(scaled(Variable(x)), y).value().item();
  const double inside =
      likelihood.negative_log_likelihood(plain(Variable(z)), y_scaled).value().item();
  BOOST_TEST(own == inside + std::log(4.0), boost::test_tools::tolerance(1e-5));
}

BOOST_AUTO_TEST_CASE(checkpoints_hold_the_scales) {
  RegressionNet net({.inputs = kInputs, .target = kTarget}, Generator(1));
  std::vector<std::string> names;
  for (const nn::NamedBuffer& buffer : nn::buffers(net)) names.push_back(buffer.name);
  BOOST_TEST(names == (std::vector<std::string>{"input_mean", "input_deviation", "target_mean",
                                                "target_deviation"}),
             boost::test_tools::per_element());
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace credence::zoo
