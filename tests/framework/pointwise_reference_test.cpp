// Tests of the pointwise functions against PyTorch's values.
#include "framework/autograd/variable.hpp"
#include "framework/ops/arithmetic.hpp"
#include "framework/ops/pointwise.hpp"
#include "tests/reference/reference.hpp"

#include <boost/test/unit_test.hpp>

namespace credence {

BOOST_AUTO_TEST_SUITE(pointwise_reference)

namespace {

void check(const std::string& name, const std::function<Variable(const Variable&)>& op) {
  const std::string failures = compare_with_reference(
      name, {"x"}, [&](const std::vector<Variable>& inputs) { return op(inputs[0]); });
  BOOST_TEST(failures == "");
}

}  // namespace

BOOST_AUTO_TEST_CASE(pointwise_functions_agree_with_pytorch) {
  check("relu", &relu);
  check("leaky_relu", [](const Variable& x) { return leaky_relu(x, 0.2); });
  check("elu", [](const Variable& x) { return elu(x); });
  check("elu_alpha", [](const Variable& x) { return elu(x, 0.6); });
  check("gelu", &gelu);
  check("gelu_tanh", &gelu_tanh);
  check("pow_3", [](const Variable& x) { return pow(x, 3); });
  check("pow_minus_2", [](const Variable& x) { return pow(x, -2); });
  check("pow_real", [](const Variable& x) { return pow(x, 1.7); });
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

BOOST_AUTO_TEST_CASE(arithmetic_agrees_with_pytorch) {
  using Variables = std::vector<Variable>;
  const auto check_op = [](const std::string& name, const std::vector<std::string>& inputs,
                           const std::function<Variable(const Variables&)>& op) {
    BOOST_TEST(compare_with_reference(name, inputs, op) == "");
  };
  check_op("pow_tensors", {"a", "b"}, [](const Variables& x) { return pow(x[0], x[1]); });
  check_op("clamp_tensors", {"x", "low", "high"},
           [](const Variables& x) { return clamp(x[0], x[1], x[2]); });
  check_op("numbers", {"x"},
           [](const Variables& x) { return (2 - x[0]) / 3 + 1.5 / (x[0] + 8) + (1 + x[0]); });
  const Tensor& condition = reference("where").at("condition");
  for (const DType dtype : {DType::uint8, DType::int64, DType::float32}) {
    check_op("where", {"a", "b"},
             [&](const Variables& x) { return where(condition.to(dtype), x[0], x[1]); });
  }
}

BOOST_AUTO_TEST_CASE(scaled_squares_agree_with_pytorch) {
  const std::string failures = compare_with_reference(
      "scaled_square", {"log_scale", "x"},
      [](const std::vector<Variable>& inputs) { return scaled_square(inputs[0], inputs[1]); });
  BOOST_TEST(failures == "");
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace credence
