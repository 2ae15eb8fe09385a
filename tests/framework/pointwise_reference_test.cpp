// Tests of the pointwise functions against PyTorch's values.
#include "framework/autograd/variable.hpp"
#include "framework/ops/arithmetic.hpp"
#include "framework/ops/pointwise.hpp"
#include "tests/reference/reference.hpp"

#include <boost/test/unit_test.hpp>

namespace credence {
namespace {

void check(const std::string& name, const std::function<Variable(const Variable&)>& op) {
  const std::string failures = compare_with_reference(
      name, {"x"}, [&](const std::vector<Variable>& inputs) { return op(inputs[0]); });
  BOOST_TEST(failures == "");
}

}  // namespace

BOOST_AUTO_TEST_SUITE(pointwise_reference)

BOOST_AUTO_TEST_CASE(pointwise_functions_agree_with_pytorch) {
  check("relu", &relu);
  check("leaky_relu", [](const Variable& x) { return leaky_relu(x, 0.2); });
  check("elu", &elu);
  check("softplus", [](const Variable& x) { return softplus(x, 1.7); });
  check("log_sigmoid", &log_sigmoid);
  check("sigmoid", &sigmoid);
  check("silu", &silu);
  check("tanh", [](const Variable& x) { return tanh(x); });
  check("exp", [](const Variable& x) { return exp(x); });
  check("log", [](const Variable& x) { return log(x); });
  check("log1p", [](const Variable& x) { return log1p(x); });
  check("sqrt", [](const Variable& x) { return sqrt(x); });
  check("square", &square);
  check("abs", [](const Variable& x) { return abs(x); });
  check("reciprocal", &reciprocal);
  check("affine", [](const Variable& x) { return affine(x, 1.5, -0.25); });
  check("clamp", [](const Variable& x) { return clamp(x, -1, 1.5); });
}

BOOST_AUTO_TEST_CASE(scaled_squares_agree_with_pytorch) {
  const std::string failures = compare_with_reference(
      "scaled_square", {"log_scale", "x"},
      [](const std::vector<Variable>& inputs) { return scaled_square(inputs[0], inputs[1]); });
  BOOST_TEST(failures == "");
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace credence
