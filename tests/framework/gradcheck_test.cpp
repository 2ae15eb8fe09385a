// Tests of gradcheck itself, with wrong derivatives.
#include "framework/autograd/gradcheck.hpp"

#include "framework/ops/arithmetic.hpp"
#include "framework/ops/pointwise.hpp"
#include "tests/framework/support.hpp"

#include <cmath>

#include <boost/test/unit_test.hpp>

namespace credence {

BOOST_AUTO_TEST_SUITE(gradient_check)

namespace {

// a + b² whose derivative by element 5 of b is wrong by this factor.
Variable wrong(const Variable& a, const Variable& b, double factor) {
  const Tensor b_value = b.value();
  return make_result(add(a, square(b)).value(), {a, b}, [=](const Tensor& grad) -> Gradients {
    const Tensor grad_b = mul(Variable(grad), Variable(b_value) * 2.0).value();
    const auto scale = [&]<class T>(T* elements) { elements[5] *= static_cast<T>(factor); };
    if (grad_b.dtype() == DType::float32) scale(grad_b.data<float>());
    if (grad_b.dtype() == DType::float64) scale(grad_b.data<double>());
    return {grad, grad_b};
  });
}

GradcheckResult check(double factor, const GradcheckOptions& options = {}) {
  return gradcheck([=](const std::vector<Variable>& x) { return wrong(x[0], x[1], factor); },
                   {normals({2, 3, 4}, "a"), normals({2, 3, 4}, "b")}, options);
}

}  // namespace

BOOST_AUTO_TEST_CASE(a_failure_names_the_input_the_element_both_derivatives_and_what_is_allowed) {
  BOOST_TEST(check(1).passed);
  const GradcheckResult result = check(2);
  BOOST_TEST(!result.passed);
  const auto has = [&](const std::string& text) {
    BOOST_TEST(says(text)(std::runtime_error(result.message)), result.message);
  };
  // Element 5 of [2, 3, 4].
  has("the gradient of input 1 at [0, 1, 1] is ");
  has(" from backward(), ");
  has(" by central differences: off by ");
  has("allowed 1e-07");
}

BOOST_AUTO_TEST_CASE(small_errors_are_told_from_none) {
  const GradcheckResult result = check(1 + 1e-6, {.tolerance = 1e-9});
  BOOST_TEST(!result.passed);
  BOOST_TEST(
      says("e-07 of 1 + the largest magnitude, allowed 1e-09")(std::runtime_error(result.message)),
      result.message);
}

BOOST_AUTO_TEST_CASE(a_derivative_that_is_no_number_is_found) {
  const GradcheckResult result = check(NAN);
  BOOST_TEST(!result.passed);
  BOOST_TEST(says("at [0, 1, 1] is nan from backward(), ")(std::runtime_error(result.message)),
             result.message);
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace credence
