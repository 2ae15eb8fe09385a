// Tests of ops at the ends of the number line, at zeros of either sign and at NaN.
#include "tests/framework/extreme_values.hpp"

#include "framework/autograd/variable.hpp"
#include "framework/base/error.hpp"
#include "framework/ops/arithmetic.hpp"
#include "framework/ops/convolution.hpp"
#include "framework/ops/pointwise.hpp"
#include "framework/ops/reduce.hpp"
#include "framework/train/evaluate.hpp"
#include "tests/framework/support.hpp"

namespace credence {

BOOST_AUTO_TEST_SUITE(extreme_values, *boost::unit_test::label("every_isa"))

namespace {

constexpr double kNan = std::numeric_limits<double>::quiet_NaN();

using Binary = Variable (*)(const Variable&, const Variable&);

Variable leaf(double value, DType dtype) {
  // Several vectors and a tail, for registers of any width.
  return Variable(Tensor::full({69}, value, dtype), true);
}

// Whether all elements are this number, up to a few units in the last place of float32.
bool all_are(const Tensor& x, double expected) {
  const std::vector<double> values = x.to_vector<double>();
  return std::all_of(values.begin(), values.end(), [&](double value) {
    return value == expected || std::abs(value - expected) <= 1e-6 * std::abs(expected);
  });
}

// Compares y = op(a, b), for the gradient `grad`, with the values of y and of both derivatives.
void check_derivatives(Binary op, double a, double b, double grad, double y, double grad_a,
                       double grad_b) {
  for (const DType dtype : {DType::float32, DType::float64}) {
    const Variable left = leaf(a, dtype);
    const Variable right = leaf(b, dtype);
    const Variable result = op(left, right);
    result.backward(Tensor::full(result.shape(), grad, dtype));
    const auto at = [&] {
      return std::to_string(std::log10(std::abs(a))) + " and " +
             std::to_string(std::log10(std::abs(b))) + " (logarithms), " + to_string(dtype);
    };
    BOOST_TEST(all_are(result.value(), y), at() << ": " << result.value().to_vector<double>()[0]);
    BOOST_TEST(all_are(left.grad(), grad_a), at() << ": " << left.grad().to_vector<double>()[0]);
    BOOST_TEST(all_are(right.grad(), grad_b), at() << ": " << right.grad().to_vector<double>()[0]);
  }
}

Tensor unary(Variable (*op)(const Variable&), double x, double grad, DType dtype) {
  const Variable at = leaf(x, dtype);
  op(at).backward(Tensor::full({69}, grad, dtype));
  return at.grad();
}

bool negative(const Variable& x) {
  const std::vector<double> values = x.value().to_vector<double>();
  return std::all_of(values.begin(), values.end(),
                     [](double value) { return std::signbit(value); });
}

BOOST_AUTO_TEST_CASE(every_function_of_the_catalogue_is_right_on_the_whole_number_line) {
  check_extreme_values<float>(Device::cpu);
  check_extreme_values<double>(Device::cpu);
}

BOOST_AUTO_TEST_CASE(no_square_of_the_divisor_leaves_the_range) {
  check_derivatives(&credence::div, 1e-25, 1e-25, 1, 1, 1e25, -1e25);
  check_derivatives(&credence::div, 1e20, 1e20, 1, 1, 1e-20, -1e-20);
  check_derivatives(&credence::div, 1e-30, 1e-20, 1, 1e-10, 1e20, -1e10);
  check_derivatives(&credence::div, 3, 2, 1, 1.5, 0.5, -0.75);
}

BOOST_AUTO_TEST_CASE(a_scaled_square_is_in_range_where_its_result_is) {
  const double small = std::log(1e-30);
  const double large = std::log(1e30);
  check_derivatives(&scaled_square, small, 1e20, 1, 1e10, 1e10, 2e-10);
  check_derivatives(&scaled_square, large, 1e-25, 1, 1e-20, 1e-20, 2e5);
  check_derivatives(&scaled_square, large, 1e-20, 1e-20, 1e-10, 1e-30, 2e-10);
  // e^90 overflows float32, and the weight is 0.
  check_derivatives(&scaled_square, 90, 0, 1, 0, 0, 0);
}

BOOST_AUTO_TEST_CASE(gradients_of_squares_and_reciprocals_stay_in_range) {
  for (const DType dtype : {DType::float32, DType::float64}) {
    BOOST_TEST(all_are(unary(&square, 3e38, 1e-10, dtype), 6e28));
    BOOST_TEST(all_are(unary(&square, 1e-30, 1e30, dtype), 2));
    BOOST_TEST(all_are(unary(&reciprocal, 1e-25, 1e-20, dtype), -1e30));
    BOOST_TEST(all_are(unary(&reciprocal, 1e20, 1e20, dtype), -1e-20));
    BOOST_TEST(all_are(unary([](const Variable& x) { return sqrt(x); }, 1e-30, 1, dtype), 5e14));
  }
}

BOOST_AUTO_TEST_CASE(zeros_keep_the_sign_that_arithmetic_gives_them) {
  for (const DType dtype : {DType::float32, DType::float64}) {
    const Variable plus = leaf(0.0, dtype);
    const Variable minus = leaf(-0.0, dtype);
    BOOST_TEST(!negative(abs(plus)));
    BOOST_TEST(!negative(abs(minus)));
    BOOST_TEST(!negative(reciprocal(abs(plus))));
    BOOST_TEST(negative(-plus));
    BOOST_TEST(!negative(-minus));
    BOOST_TEST(negative(minus * 2.0));
    BOOST_TEST(!negative(minus * -2.0));
    BOOST_TEST(negative(3.0 * minus));
    BOOST_TEST(negative(minus - 0.0));
    BOOST_TEST(!negative(minus + 0.0));
  }
}

BOOST_AUTO_TEST_CASE(a_nan_is_the_largest_and_predicts_nothing) {
  for (const DType dtype : {DType::float32, DType::float64}) {
    const Tensor scores =
        Tensor::from<double>({5, 3}, {1, kNan, 3, kNan, 1, 3, 1, 3, kNan, kNan, 9, kNan, 1, 3, 2})
            .to(dtype);
    const std::vector<std::int64_t> largest{1, 0, 2, 0, 1};
    BOOST_TEST(argmax(scores).to_vector<std::int64_t>() == largest,
               boost::test_tools::per_element());
    // In a row with a NaN no label is correct, neither the NaN's nor that of the largest number.
    BOOST_TEST(train::count_correct(scores, Tensor::from<std::int64_t>({5}, largest)) == 1);
    BOOST_TEST(train::count_correct(scores, Tensor::from<std::int64_t>({5}, {2, 2, 1, 1, 1})) == 1);
  }
}

BOOST_AUTO_TEST_CASE(rows_without_scores_have_no_largest_and_no_label) {
  for (const DType dtype : {DType::float32, DType::float64}) {
    const auto zeros = [&](const Shape& shape) { return Tensor::zeros(shape, dtype); };
    BOOST_CHECK_EXCEPTION(
        argmax(zeros({3, 0})), ShapeError,
        says("[argmax] a row without columns has no largest element: input [3, 0]"));
    BOOST_CHECK_THROW(argmax(zeros({0, 0})), ShapeError);
    BOOST_TEST((argmax(zeros({0, 5})).shape() == Shape{0}));
    // A label outside the classes.
    BOOST_CHECK_THROW(train::count_correct(zeros({3, 0}), Tensor::zeros({3}, DType::int64)),
                      ValueError);
    BOOST_TEST(train::count_correct(zeros({0, 5}), Tensor::zeros({0}, DType::int64)) == 0);
  }
}

// The derivative is exp(x) for negative x. It cannot be computed from 1 + elu(x).
BOOST_AUTO_TEST_CASE(the_derivative_of_elu_survives_behind_a_product) {
  for (const DType dtype : {DType::float32, DType::float64}) {
    for (const double x : {-20.0, -80.0, -9.0}) {
      BOOST_TEST(
          all_are(unary([](const Variable& v) { return elu(v); }, x, 1, dtype), std::exp(x)));
      const Variable input(Tensor::full({3, 1}, x, dtype), true);
      const Variable weight(Tensor::full({2, 1}, 1, dtype));
      const Variable y = linear(input, weight, Variable(), Activation::elu());
      y.backward(Tensor::full(y.shape(), 0.5, dtype));
      BOOST_TEST(all_are(input.grad(), std::exp(x)));
    }
  }
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace
}  // namespace credence
