// Tests of maximum likelihood: the closed form of a normal density, and cross-entropy.
#include "bayes/maximum_likelihood.hpp"

#include "bayes/likelihood/regression.hpp"
#include "framework/nn/layers.hpp"
#include "tests/bayes/support.hpp"

#include <cmath>
#include <numbers>

#include <boost/test/unit_test.hpp>

namespace credence::bayes {

BOOST_AUTO_TEST_SUITE(maximum_likelihood)

namespace {

// Gives its inputs.
struct Identity : nn::Module {
  Variable forward(const Variable& x) override { return x; }
};

}  // namespace

BOOST_AUTO_TEST_CASE(of_numbers_it_is_the_normal_density) {
  Identity model;
  const train::Batch batch{Tensor::from<float>({2, 2}, {1, 0, -1, std::log(4.0F)}),
                           Tensor::from<float>({2, 1}, {3, 0})};
  const train::Loss loss = MaximumLikelihood{GaussianLikelihood{}}(model, batch, {});
  // ½ (log 2π + log σ² + (y − μ)² / σ²) with (μ, σ²) = (1, 1) and (−1, 4)
  const double log_two_pi = std::log(2 * std::numbers::pi);
  const double expected = (0.5 * (log_two_pi + 4) + 0.5 * (log_two_pi + std::log(4.0) + 0.25)) / 2;
  BOOST_TEST(item(loss.total) == expected, boost::test_tools::tolerance(1e-6));
  BOOST_TEST_REQUIRE(loss.monitors.size() == 2U);
  BOOST_TEST(loss.monitors[0].name == "nll");
  BOOST_TEST(loss.monitors[1].name == "rmse");
  BOOST_TEST(loss.repeats);
}

BOOST_AUTO_TEST_CASE(of_classes_it_is_cross_entropy) {
  nn::Linear model(3, 4, nn::LinearOptions{}, Generator(1));
  const train::Batch batch{float_normals({5, 3}, "x"),
                           Tensor::from<std::int64_t>({5}, {0, 3, 1, 1, 2})};
  const train::Loss loss = MaximumLikelihood{}(model, batch, {});
  const train::Loss expected = train::cross_entropy(model, batch, {});
  BOOST_TEST(item(loss.total) == item(expected.total));
  BOOST_TEST_REQUIRE(loss.monitors.size() == expected.monitors.size());
  for (std::size_t i = 0; i < loss.monitors.size(); ++i) {
    BOOST_TEST(loss.monitors[i].name == expected.monitors[i].name);
  }
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace credence::bayes
