// Tests of the search for Bayesian layers in a model.
#include "bayes/walk.hpp"

#include "framework/nn/activation.hpp"
#include "framework/nn/sequential.hpp"
#include "tests/bayes/nested_model.hpp"
#include "tests/bayes/support.hpp"

#include <boost/test/unit_test.hpp>

namespace credence::bayes {

BOOST_AUTO_TEST_SUITE(walk)

namespace {

std::vector<std::string> layer_names(nn::Module& model) {
  std::vector<std::string> names;
  for (const NamedLayer& named : bayesian_layers(model)) names.push_back(named.name);
  return names;
}

using Names = std::vector<std::string>;

}  // namespace

BOOST_AUTO_TEST_CASE(layers_are_found_at_any_depth_in_the_order_of_visit) {
  NestedModel model;
  BOOST_TEST((layer_names(model) == Names{"body.0", "body.2.0", "head"}));
  BOOST_TEST(bayesian_layers(model).back().layer == &model.head);
}

BOOST_AUTO_TEST_CASE(a_layer_by_itself_is_a_model) {
  BayesianLinear layer(3, 2, {}, VariationalDropout{}, Generator(1));
  BOOST_TEST((layer_names(layer) == Names{""}));
  nn::Linear frequentist(3, 2, {}, Generator(1));
  BOOST_TEST(layer_names(frequentist).empty());
}

BOOST_AUTO_TEST_CASE(the_mode_reaches_every_layer) {
  NestedModel model;
  const Variable x(float_normals({4, 6}, "x"));
  BOOST_TEST(!same_bits(model(x).value(), model(x).value()));
  set_sampling(model, Sampling::mean);
  for (const NamedLayer& named : bayesian_layers(model)) {
    BOOST_TEST((named.layer->sampling() == Sampling::mean));
  }
  BOOST_TEST(same_bits(model(x).value(), model(x).value()));
  set_sampling(model, Sampling::sample);
  BOOST_TEST(!same_bits(model(x).value(), model(x).value()));
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace credence::bayes
