#include "framework/ops/pointwise.hpp"

#include "framework/autograd/gradcheck.hpp"
#include "framework/ops/arithmetic.hpp"
#include "framework/ops/reduce.hpp"
#include "tests/framework/activations.hpp"

#include <cmath>
#include <limits>

#include <boost/test/unit_test.hpp>

namespace credence {
namespace {

// Points of the functor's domain, none near a kink at 0 or at the bounds that the test passes to
// clamp.
Tensor points(const Interval& domain) {
  constexpr std::int64_t kCount = 41;
  std::vector<double> values;
  for (std::int64_t i = 0; i < kCount; ++i) {
    double x = domain.low + (domain.high - domain.low) * (static_cast<double>(i) + 0.37) / kCount;
    if (std::abs(x) < 0.01) x += 0.02;
    values.push_back(x);
  }
  return Tensor::from({kCount}, values);
}

template <class Functor>
void check(Functor*) {
  const auto function = [](const std::vector<Variable>& x) {
    return pointwise::apply({pointwise::kEntry<Functor>, {0.7, 1.3}}, x[0]);
  };
  const GradcheckResult result = gradcheck(function, {points(Functor::kDomain)});
  BOOST_TEST(result.passed, Functor::kName << ": " << result.message);
}

template <class... Functors>
void check_all(pointwise::List<Functors...>) {
  (check(static_cast<Functors*>(nullptr)), ...);
}

Tensor ramp(const Shape& shape, double start) {
  std::vector<double> values;
  for (std::int64_t i = 0; i < shape.numel(); ++i) {
    values.push_back(start + 0.17 * static_cast<double>(i));
  }
  return Tensor::from(shape, values);
}

}  // namespace

BOOST_AUTO_TEST_SUITE(pointwise_ops)

BOOST_AUTO_TEST_CASE(every_function_of_the_catalogue_has_the_right_derivative) {
  check_all(pointwise::Catalogue{});
}

BOOST_AUTO_TEST_CASE(activations_do_not_hide_that_a_model_has_diverged) {
  for (const pointwise::Function& function : all_activations()) {
    for (const DType dtype : {DType::float32, DType::float64}) {
      const Tensor x = Tensor::full({37}, std::numeric_limits<double>::quiet_NaN(), dtype);
      const std::vector<double> y =
          pointwise::apply(function, Variable(x)).value().to_vector<double>();
      BOOST_TEST(std::isnan(y.front()), function.entry.name);
      BOOST_TEST(std::isnan(y.back()), function.entry.name);
    }
  }
}

BOOST_AUTO_TEST_CASE(broadcast_arithmetic_has_the_right_derivatives) {
  const std::vector<Tensor> inputs{ramp({2, 3, 4}, 0.5), ramp({3, 1}, 1.1)};
  for (const auto op : {&add, &sub, &mul, &credence::div, &scaled_square}) {
    const GradcheckResult result =
        gradcheck([op](const std::vector<Variable>& x) { return op(x[0], x[1]); }, inputs);
    BOOST_TEST(result.passed, result.message);
  }
}

BOOST_AUTO_TEST_CASE(sums_have_the_right_derivatives) {
  const auto function = [](const std::vector<Variable>& x) {
    return mul(sum(square(x[0]), {0, 2}, true), mean(x[0]));
  };
  const GradcheckResult result = gradcheck(function, {ramp({2, 3, 4}, -1.9)});
  BOOST_TEST(result.passed, result.message);
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace credence
