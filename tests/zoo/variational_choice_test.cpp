// Tests of posteriors, priors and estimators by name: every combination makes a layer, files of
// runs say which it is, and what does not go together is refused.
#include "zoo/variational_choice.hpp"

#include "bayes/layers/layers.hpp"
#include "framework/base/error.hpp"
#include "tests/framework/support.hpp"

#include <cmath>
#include <string>

#include <boost/test/unit_test.hpp>

namespace credence::zoo {

BOOST_AUTO_TEST_SUITE(variational_choice)

namespace {

bayes::BayesianLinear layer(const VariationalChoice& choice) {
  return {4, 3, {}, variational_of(choice), Generator(1)};
}

}  // namespace

BOOST_AUTO_TEST_CASE(every_combination_makes_a_layer) {
  int made = 0;
  for (const std::string& posterior : posterior_names()) {
    for (const std::string& prior : prior_names()) {
      // Divergences for independent normal weights alone, which radial ones are not.
      const bool radial = posterior == "radial";
      if (radial && prior.ends_with("ard")) continue;
      for (const std::string& estimator : estimator_names()) {
        if (radial && estimator == "local") continue;
        bayes::BayesianLinear made_layer =
            layer({.posterior = posterior, .prior = prior, .estimator = estimator});
        const Variable y = made_layer(Variable(Tensor::full({2, 4}, 0.5)));
        const Variable kl = made_layer.kl_divergence();
        BOOST_TEST(std::isfinite(kl.value().item()), posterior << ' ' << prior);
        BOOST_TEST(y.requires_grad());
        BOOST_TEST(kl.requires_grad());
        ++made;
      }
    }
  }
  BOOST_TEST(made == 3 * 10 * 3 + 8 * 2);
}

BOOST_AUTO_TEST_CASE(numbers_reach_the_parts) {
  const auto deviation = [](const VariationalChoice& choice) {
    return std::sqrt(layer(choice).weight().variance().value().to_vector<double>()[0]);
  };
  BOOST_TEST(std::abs(deviation({.posterior = "gaussian", .log_variance = -4}) - std::exp(-2)) <
             1e-6);
  BOOST_TEST(
      std::abs(deviation({.posterior = "gaussian", .log_variance = -9, .largest_deviation = 0.02}) -
               std::exp(-4.5)) < 1e-6);
  const auto noisy = layer({.log_alpha = -9, .largest_log_alpha = -2});
  const std::vector<double> log_alpha =
      noisy.weight().posterior().log_alpha().value().to_vector<double>();
  BOOST_TEST(log_alpha[0] == -9);
  BOOST_CHECK_EXCEPTION(layer({.log_alpha = -1, .largest_log_alpha = -2}), ValueError,
                        says("the initial log alpha -1 is not between its bounds"));
  const double wide = layer({.posterior = "gaussian", .prior = "normal", .prior_deviation = 3})
                          .kl_divergence()
                          .value()
                          .item();
  const double narrow = layer({.posterior = "gaussian"}).kl_divergence().value().item();
  // Twelve weights: log 3 more each, and what the means lose.
  BOOST_TEST(wide - narrow < 12 * std::log(3.0));
  BOOST_TEST(wide - narrow > 12 * std::log(3.0) - 3);
}

BOOST_AUTO_TEST_CASE(the_text_says_what_differs_from_the_default) {
  BOOST_TEST(to_string(VariationalChoice{}) == "");
  BOOST_TEST(to_string(VariationalChoice{.largest_log_alpha = -4}) == "log alpha of at most -4");
  BOOST_TEST(to_string(VariationalChoice{.posterior = "gaussian",
                                         .largest_deviation = 0.1,
                                         .prior = "normal",
                                         .prior_deviation = 0.5,
                                         .estimator = "flipout"}) ==
             "posterior gaussian, deviations of at most 0.1, prior normal with deviation 0.5, "
             "estimator flipout");
}

BOOST_AUTO_TEST_CASE(what_does_not_go_together_is_refused) {
  BOOST_CHECK_EXCEPTION(variational_of({.posterior = "laplace"}), ValueError,
                        says("\"laplace\" is not known, expected one of variational-dropout"));
  BOOST_CHECK_EXCEPTION(variational_of({.posterior = "gaussian", .log_alpha = -3}), ValueError,
                        says("--log-alpha: gaussian has none"));
  BOOST_CHECK_EXCEPTION(variational_of({.posterior = "additive-dropout", .largest_log_alpha = -3}),
                        ValueError, says("--largest-log-alpha: additive-dropout has none"));
  BOOST_CHECK_EXCEPTION(variational_of({.log_variance = -3}), ValueError,
                        says("--log-variance: variational-dropout has none"));
  BOOST_CHECK_EXCEPTION(variational_of({.prior = "ard", .prior_deviation = 1}), ValueError,
                        says("--prior-deviation: ard has none"));
  BOOST_CHECK_EXCEPTION(variational_of({.prior_deviation = 1}), ValueError,
                        says("--prior-deviation: the posterior's own prior"));
  BOOST_CHECK_EXCEPTION(layer({.posterior = "radial", .prior = "ard"}), ValueError,
                        says("for independent normal weights alone"));
  BOOST_CHECK_EXCEPTION(layer({.posterior = "radial", .estimator = "local"}), ValueError,
                        says("not independent normal variables"));
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace credence::zoo
