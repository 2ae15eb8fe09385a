// Tests of the pointwise functions, of arithmetic and of sums: gradients of every function of the
// catalogues, and closed forms.
#include "framework/ops/pointwise.hpp"

#include "framework/autograd/gradcheck.hpp"
#include "framework/base/error.hpp"
#include "framework/ops/arithmetic.hpp"
#include "framework/ops/reduce.hpp"
#include "tests/framework/activations.hpp"

#include <array>
#include <cmath>
#include <limits>

#include <boost/test/unit_test.hpp>

namespace credence {

BOOST_AUTO_TEST_SUITE(pointwise_ops)

namespace {

// Points of the functor's domain away from a kink at 0 and from the bounds that the test passes to
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

// e^d − 1 − d, as a series near 0, where the terms would cancel.
double exp_rest(double d) {
  if (std::abs(d) > 0.1) return std::expm1(d) - d;
  double sum = 0;
  double term = d;
  for (int n = 2; n < 20; ++n) sum += term *= d / n;
  return sum;
}

double relative_error(double actual, double expected) {
  return actual == expected ? 0 : std::abs(actual - expected) / std::abs(expected);
}

// So many equal elements that the last vector is partly filled.
Variable many(double value, DType dtype) {
  return Variable(Tensor::full({19}, value, dtype), true);
}

// The first and the last element of op(a, b) and of the gradients of its sum.
struct Binary {
  std::vector<double> y, a, b;
};
Binary binary(Variable (*op)(const Variable&, const Variable&), double a, double b, DType dtype) {
  const Variable left = many(a, dtype);
  const Variable right = many(b, dtype);
  const Variable y = op(left, right);
  sum(y).backward();
  const auto ends = [](const Tensor& tensor) {
    const std::vector<double> values = tensor.to_vector<double>();
    return std::vector<double>{values.front(), values.back()};
  };
  return {ends(y.value()), ends(left.grad()), ends(right.grad())};
}

void check_binary(Variable (*op)(const Variable&, const Variable&), double a, double b,
                  const std::array<double, 3>& expected) {
  for (const DType dtype : {DType::float32, DType::float64}) {
    const Binary actual = binary(op, a, b, dtype);
    const double tolerance = dtype == DType::float32 ? 1e-5 : 1e-12;
    for (const std::size_t end : {0U, 1U}) {
      BOOST_TEST(relative_error(actual.y[end], expected[0]) < tolerance, a << " " << b);
      BOOST_TEST(relative_error(actual.a[end], expected[1]) < tolerance, a << " " << b);
      BOOST_TEST(relative_error(actual.b[end], expected[2]) < tolerance, a << " " << b);
    }
  }
}

}  // namespace

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
  using Op = Variable (*)(const Variable&, const Variable&);
  for (const Op op : {Op{&add}, Op{&sub}, Op{&mul}, Op{&credence::div}, Op{&scaled_square},
                      Op{&logaddexp}, Op{&credence::pow}, Op{&larger}, Op{&smaller}}) {
    const GradcheckResult result =
        gradcheck([op](const std::vector<Variable>& x) { return op(x[0], x[1]); }, inputs);
    BOOST_TEST(result.passed, result.message);
  }
}

BOOST_AUTO_TEST_CASE(the_divergence_of_normal_variances_does_not_cancel,
                     *boost::unit_test::label("every_isa")) {
  constexpr double kPrior = -5.75;  // exact in both types, as are the sums below
  for (const DType dtype : {DType::float32, DType::float64}) {
    const double tolerance = dtype == DType::float32 ? 2e-6 : 1e-13;
    for (const double d : {0x1p-18, -0x1p-18, 0x1p-10, -0x1p-10, 0.125, -0.125, 0.4375, -0.5, 0.5,
                           0.5625, -0.5625, 1.5, -3.0, 20.0, -40.0, 80.0, -900.0}) {
      const Variable x = many(kPrior + d, dtype);
      const Variable y = normal_divergence(x, kPrior);
      sum(y).backward();
      for (const std::size_t i : {0U, 18U}) {
        BOOST_TEST(relative_error(y.value().to_vector<double>()[i], exp_rest(d) / 2) < tolerance,
                   to_string(dtype) << " at " << d);
        BOOST_TEST(relative_error(x.grad().to_vector<double>()[i], std::expm1(d) / 2) < tolerance,
                   to_string(dtype) << " at " << d);
      }
    }
    // The prior's own variance, which the type cannot hold exactly.
    const double c = 2 * std::log(0.05);
    BOOST_TEST(normal_divergence(many(c, dtype), c).value().to_vector<double>()[7] == 0);
    BOOST_TEST(std::isnan(
        normal_divergence(many(std::nan(""), dtype), c).value().to_vector<double>()[18]));
  }
}

BOOST_AUTO_TEST_CASE(logarithms_of_small_probabilities_add_up,
                     *boost::unit_test::label("every_isa")) {
  const double log2 = std::log(2.0);
  check_binary(&logaddexp, -1000, -1000, {-1000 + log2, 0.5, 0.5});
  check_binary(&logaddexp, -60, 0, {std::exp(-60.0), std::exp(-60.0), 1});
  check_binary(
      &logaddexp, -3, -5,
      {-3 + std::log1p(std::exp(-2.0)), 1 / (1 + std::exp(-2.0)), 1 / (1 + std::exp(2.0))});
  check_binary(
      &logaddexp, 1000, 998,
      {1000 + std::log1p(std::exp(-2.0)), 1 / (1 + std::exp(-2.0)), 1 / (1 + std::exp(2.0))});
  const double infinity = std::numeric_limits<double>::infinity();
  check_binary(&logaddexp, -infinity, -2, {-2, 0, 1});
  for (const DType dtype : {DType::float32, DType::float64}) {
    BOOST_TEST(binary(&logaddexp, -infinity, -infinity, dtype).y[1] == -infinity);
    BOOST_TEST(std::isnan(binary(&logaddexp, std::nan(""), 0, dtype).y[1]));
    BOOST_TEST(std::isnan(binary(&logaddexp, 0, std::nan(""), dtype).y[1]));
  }
}

BOOST_AUTO_TEST_CASE(scaled_squares_hold_where_a_factor_alone_does_not,
                     *boost::unit_test::label("every_isa")) {
  check_binary(&scaled_square, 90, 0, {0, 0, 0});
  check_binary(&scaled_square, 400, 0, {0, 0, 0});
  const auto expected = [](double a, double b) {
    const double root = std::exp(a / 2) * b;
    return std::array<double, 3>{root * root, root * root, 2 * root * std::exp(a / 2)};
  };
  // The numbers are such that float32 holds the results for b.
  check_binary(&scaled_square, 90, 0x1p-90, expected(90, 0x1p-90));
  check_binary(&scaled_square, 60, 0x1p-80, expected(60, 0x1p-80));
  check_binary(&scaled_square, -60, 0x1p80, expected(-60, 0x1p80));
}

BOOST_AUTO_TEST_CASE(powers_at_zero_and_of_negative_bases, *boost::unit_test::label("every_isa")) {
  const double infinity = std::numeric_limits<double>::infinity();
  struct Case {
    double x, exponent, y, slope;
  };
  for (const DType dtype : {DType::float32, DType::float64}) {
    for (const Case& c :
         {Case{-2, 3, -8, 12}, Case{-2, -3, -0.125, -0.1875}, Case{0, 2, 0, 0}, Case{0, 1, 0, 1},
          Case{0, 0, 1, 0}, Case{0, 0.5, 0, infinity}, Case{-1.5, 0, 1, 0}, Case{4, 0.5, 2, 0.25},
          Case{0, -1, infinity, -infinity}, Case{2, 10, 1024, 5120}, Case{-1, 1001, -1, 1001}}) {
      const Variable x = many(c.x, dtype);
      const Variable y = pow(x, c.exponent);
      sum(y).backward();
      for (const std::size_t i : {0U, 18U}) {
        BOOST_TEST(relative_error(y.value().to_vector<double>()[i], c.y) < 1e-6,
                   c.x << " to the power of " << c.exponent);
        BOOST_TEST(relative_error(x.grad().to_vector<double>()[i], c.slope) < 1e-6,
                   c.x << " to the power of " << c.exponent);
      }
    }
    BOOST_TEST(std::isnan(pow(many(-2, dtype), 0.5).value().to_vector<double>()[18]));
    BOOST_TEST(pow(many(0, dtype), many(0, dtype)).value().to_vector<double>()[18] == 1);
  }
  BOOST_CHECK_THROW(pow(many(1, DType::float32), infinity), ValueError);
  BOOST_CHECK_THROW(elu(many(1, DType::float32), infinity), ValueError);
}

// Φ(x) at −12 and −5 as mpmath gives it, and the ends of the number line.
BOOST_AUTO_TEST_CASE(gelu_holds_far_from_zero, *boost::unit_test::label("every_isa")) {
  const double infinity = std::numeric_limits<double>::infinity();
  for (const DType dtype : {DType::float32, DType::float64}) {
    const auto at = [&](double x) { return gelu(many(x, dtype)).value().to_vector<double>()[18]; };
    const double tolerance = dtype == DType::float32 ? 1e-5 : 1e-13;
    BOOST_TEST(relative_error(at(-5), -5 * 2.8665157187919391e-7) < tolerance);
    BOOST_TEST(relative_error(at(-12), -12 * 1.7764821120776790e-33) < tolerance);
    BOOST_TEST(relative_error(at(1e-3), 1e-3 * 0.50039894221391067) < tolerance);
    for (const auto op : {&gelu, &gelu_tanh}) {
      for (const double x : {-infinity, -1e10, -300.0, 300.0, 1e10, infinity}) {
        const Variable input = many(x, dtype);
        const Variable y = op(input);
        sum(y).backward();
        BOOST_TEST(y.value().to_vector<double>()[18] ==
                   (x < 0 ? 0 : many(x, dtype).value().to_vector<double>()[0]));
        BOOST_TEST(input.grad().to_vector<double>()[18] == (x < 0 ? 0 : 1));
      }
    }
  }
}

BOOST_AUTO_TEST_CASE(where_lets_nothing_through_from_what_is_not_chosen) {
  const double nan = std::numeric_limits<double>::quiet_NaN();
  for (const DType dtype : {DType::float32, DType::float64}) {
    const Variable yes(Tensor::from<double>({3}, {1, nan, -0.0}).to(dtype), true);
    const Variable no(Tensor::from<double>({3}, {nan, 2, nan}).to(dtype), true);
    const Variable y = where(Tensor::from<std::uint8_t>({3}, {2, 0, 1}), yes, no);
    sum(y).backward();
    BOOST_TEST(y.value().to_vector<double>() == (std::vector<double>{1, 2, 0}),
               boost::test_tools::per_element());
    BOOST_TEST(std::signbit(y.value().to_vector<double>()[2]));
    BOOST_TEST(yes.grad().to_vector<double>() == (std::vector<double>{1, 0, 1}),
               boost::test_tools::per_element());
    BOOST_TEST(no.grad().to_vector<double>() == (std::vector<double>{0, 1, 0}),
               boost::test_tools::per_element());
  }
  const Variable x = many(1, DType::float32);
  BOOST_CHECK_THROW(where(x.value(), x, many(1, DType::float64)), ShapeError);
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
