// Tests of the check that a model's tensors are finite.
#include "framework/nn/finite.hpp"

#include "framework/base/error.hpp"
#include "framework/nn/normalization.hpp"
#include "tests/framework/training.hpp"

#include <limits>

#include <boost/test/unit_test.hpp>

namespace credence::nn {

BOOST_AUTO_TEST_SUITE(finite)

namespace {

constexpr float kNan = std::numeric_limits<float>::quiet_NaN();
constexpr float kInfinity = std::numeric_limits<float>::infinity();

Sequential net() {
  return Sequential(Linear(3, 2, {}, Generator(1)), BatchNorm1d(2), Linear(2, 2, {}, Generator(2)));
}

}  // namespace

BOOST_AUTO_TEST_CASE(the_first_element_that_is_not_finite_is_named) {
  Sequential model = net();
  BOOST_TEST(!find_not_finite(model));
  buffers(model)[1].buffer->data<float>()[1] = -kInfinity;
  BOOST_TEST(find_not_finite(model).value() == "\"1.running_var\" [2] has -inf as element 1");
  parameters(model)[4].parameter->value().data<float>()[3] = kNan;
  BOOST_TEST(find_not_finite(model).value() == "\"2.weight\" [2, 2] has nan as element 3");
  BOOST_CHECK_EXCEPTION(require_finite(model, "evaluate"), ValueError,
                        says("[evaluate] the model's \"2.weight\" [2, 2] has nan as element 3"));
}

BOOST_AUTO_TEST_CASE(large_numbers_are_finite_though_their_sum_is_not) {
  Sequential model = net();
  const Tensor weight = parameters(model)[0].parameter->value();
  weight.fill(3e38);
  BOOST_TEST(!find_not_finite(model));
  weight.data<float>()[5] = kInfinity;
  BOOST_TEST(find_not_finite(model).has_value());
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace credence::nn
