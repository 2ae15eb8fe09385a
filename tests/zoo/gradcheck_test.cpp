// Tests of the gradients of whole models, in float64 against central differences.
#include "framework/nn/gradcheck.hpp"

#include "bayes/walk.hpp"
#include "tests/framework/support.hpp"
#include "zoo/lenet5.hpp"

#include <boost/test/unit_test.hpp>

namespace credence::zoo {

BOOST_AUTO_TEST_SUITE(model_gradients)

namespace {

void check(nn::Module& model, std::int64_t elements) {
  const GradcheckResult result =
      nn::gradcheck(model, normals({1, 1, 28, 28}, "image"), {.elements = elements});
  BOOST_TEST(result.passed, result.message);
}

}  // namespace

BOOST_AUTO_TEST_CASE(lenet5_has_the_right_derivatives) {
  LeNet5<> model({}, Generator(1));
  check(model, 5);
}

BOOST_AUTO_TEST_CASE(bayesian_lenet5_has_the_right_derivatives_with_noise_and_without) {
  BayesianLeNet5 model({}, Generator(1));
  std::vector<std::uint64_t> before;
  for (const nn::NamedGenerator& g : nn::generators(model)) before.push_back(g.generator->draws());
  BOOST_TEST(!before.empty());
  check(model, 2);
  std::vector<std::uint64_t> after;
  for (const nn::NamedGenerator& g : nn::generators(model)) after.push_back(g.generator->draws());
  BOOST_TEST(after == before, boost::test_tools::per_element());
  bayes::set_sampling(model, bayes::Sampling::mean);
  check(model, 2);
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace credence::zoo
