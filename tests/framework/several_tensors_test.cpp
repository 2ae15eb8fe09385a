// Tests of the ops of several tensors against their formulas in double precision, by differences,
// and against the ops of one tensor.
#include "framework/ops/several_tensors.hpp"

#include "framework/autograd/gradcheck.hpp"
#include "framework/base/error.hpp"
#include "framework/ops/arithmetic.hpp"
#include "framework/ops/pointwise.hpp"
#include "framework/ops/random_tensors.hpp"
#include "framework/ops/reduce.hpp"
#include "tests/framework/support.hpp"

#include <cmath>

#include <boost/test/unit_test.hpp>

namespace credence {

BOOST_AUTO_TEST_SUITE(several_tensors)

namespace {

// Normal numbers times 3, the tensor of each shape from a draw of its own.
std::vector<Variable> draws(const std::vector<Shape>& shapes, DType dtype, std::uint64_t key) {
  std::vector<Variable> all;
  Generator generator(key);
  for (const Shape& shape : shapes) {
    const NoGrad no_grad;
    const Variable x(normal_tensor(Tensor::empty(shape, dtype), generator.next()));
    all.emplace_back((x * 3.0).value(), true);
  }
  return all;
}

// Numbers of elements below and above those of a vector, and more than a block of a sum.
const std::vector<Shape> kShapes{{5}, {3, 7, 2}, {1}, {0, 4}, {2500}};

std::vector<Tensor> values(const std::vector<Variable>& variables) {
  std::vector<Tensor> values;
  for (const Variable& variable : variables) values.push_back(variable.value());
  return values;
}

}  // namespace

BOOST_AUTO_TEST_CASE(scaled_squares_are_exp_a_times_x_squared) {
  for (const DType dtype : {DType::float32, DType::float64}) {
    const std::vector<Variable> a = draws(kShapes, dtype, 1);
    const std::vector<Variable> x = draws(kShapes, dtype, 2);
    const std::vector<Variable> y = scaled_squares(a, x);
    BOOST_TEST_REQUIRE(y.size() == kShapes.size());
    const double tolerance = dtype == DType::float32 ? 2e-6 : 1e-14;
    for (std::size_t i = 0; i < y.size(); ++i) {
      BOOST_TEST((y[i].shape() == kShapes[i]));
      const auto log_scale = a[i].value().to_vector<double>();
      const auto root = x[i].value().to_vector<double>();
      const auto actual = y[i].value().to_vector<double>();
      for (std::size_t j = 0; j < actual.size(); ++j) {
        const double expected = std::exp(log_scale[j]) * root[j] * root[j];
        BOOST_TEST(std::abs(actual[j] - expected) <= tolerance * expected);
      }
    }
  }
}

// Both results take part, and only the first: then nothing reaches the inputs of the second.
BOOST_AUTO_TEST_CASE(gradients_of_scaled_squares_are_differences) {
  const std::vector<Tensor> inputs = values(draws({{5}, {3, 2}, {5}, {3, 2}}, DType::float64, 3));
  const auto both = [](const std::vector<Variable>& in) {
    const std::vector<Variable> y = scaled_squares({in[0], in[1]}, {in[2], in[3]});
    return sum(y[0] * y[0]) + sum(y[1]) * 3.0;
  };
  const GradcheckResult result = gradcheck(both, inputs);
  BOOST_TEST(result.passed, result.message);
  const std::vector<Variable> a = draws({{5}, {3, 2}}, DType::float64, 3);
  const std::vector<Variable> x = draws({{5}, {3, 2}}, DType::float64, 4);
  sum(scaled_squares(a, x)[0]).backward();
  BOOST_TEST(a[0].grad().defined());
  BOOST_TEST(!a[1].grad().defined());
  BOOST_TEST(!x[1].grad().defined());
}

BOOST_AUTO_TEST_CASE(frozen_inputs_get_no_gradient) {
  std::vector<Variable> a = draws({{4}, {4}}, DType::float32, 5);
  std::vector<Variable> x = draws({{4}, {4}}, DType::float32, 6);
  a[0].set_requires_grad(false);
  x[1].set_requires_grad(false);
  const std::vector<Variable> y = scaled_squares(a, x);
  sum(y[0] + y[1]).backward();
  BOOST_TEST(!a[0].grad().defined());
  BOOST_TEST(a[1].grad().defined());
  BOOST_TEST(x[0].grad().defined());
  BOOST_TEST(!x[1].grad().defined());
}

// The kernels of training: the same bits as those of the ops of one tensor.
BOOST_AUTO_TEST_CASE(scaled_squares_have_the_bits_of_scaled_square) {
  const std::vector<Variable> a = draws(kShapes, DType::float32, 7);
  const std::vector<Variable> x = draws(kShapes, DType::float32, 8);
  const std::vector<Variable> y = scaled_squares(a, x);
  Variable total;
  for (const Variable& one : y) total = total.defined() ? total + sum(one) : sum(one);
  total.backward();
  for (std::size_t i = 0; i < y.size(); ++i) {
    const Variable alone_a(a[i].value(), true);
    const Variable alone_x(x[i].value(), true);
    const Variable alone = scaled_square(alone_a, alone_x);
    sum(alone).backward();
    BOOST_TEST(alone.value().to_vector<float>() == y[i].value().to_vector<float>());
    BOOST_TEST(alone_a.grad().to_vector<float>() == a[i].grad().to_vector<float>());
    BOOST_TEST(alone_x.grad().to_vector<float>() == x[i].grad().to_vector<float>());
  }
}

BOOST_AUTO_TEST_CASE(a_log_sigmoid_sum_is_the_sum_over_all_elements) {
  for (const DType dtype : {DType::float32, DType::float64}) {
    const std::vector<Variable> x = draws(kShapes, dtype, 9);
    double expected = 0;
    for (const Variable& one : x) {
      for (const double v : one.value().to_vector<double>()) expected -= std::log1p(std::exp(-v));
    }
    const double tolerance = dtype == DType::float32 ? 1e-6 : 1e-13;
    BOOST_TEST(log_sigmoid_sum(x).value().item() == expected,
               boost::test_tools::tolerance(tolerance));
    BOOST_TEST(log_sigmoid_sum(x, -0.5).value().item() == -0.5 * expected,
               boost::test_tools::tolerance(tolerance));
  }
  BOOST_TEST(log_sigmoid_sum({Variable(Tensor::zeros({0}))}).value().item() == 0);
}

BOOST_AUTO_TEST_CASE(gradients_of_a_log_sigmoid_sum_are_differences) {
  const GradcheckResult result =
      gradcheck([](const std::vector<Variable>& in) { return log_sigmoid_sum(in, -0.5) * 2.0; },
                values(draws({{5}, {3, 2}, {1}}, DType::float64, 10)));
  BOOST_TEST(result.passed, result.message);
}

BOOST_AUTO_TEST_CASE(a_weighted_sum_is_rounded_once) {
  const auto scalar = [](float x) { return Variable(Tensor::full({}, x)); };
  // In float32 the sum of the first two is 1e8, and the third changes nothing.
  const std::vector<Variable> x{scalar(1e8F), scalar(1), scalar(-1e8F), scalar(3)};
  BOOST_TEST(weighted_sum(x, {1, 0.5, 1, 2}).value().item() == 6.5);
  // More than one kernel takes.
  const std::vector<Variable> many(20, scalar(1.5F));
  std::vector<double> factors;
  for (int i = 0; i < 20; ++i) factors.push_back(i);
  BOOST_TEST(weighted_sum(many, factors).value().item() == 1.5 * 190);
  BOOST_TEST(weighted_sum({Variable(Tensor::full({1}, 2))}, {-3}).shape() == Shape{});
}

BOOST_AUTO_TEST_CASE(gradients_of_a_weighted_sum_are_its_factors) {
  std::vector<Shape> shapes(9, Shape{});
  shapes[4] = {1, 1};
  std::vector<double> factors{2, -1, 0, 0.5, 7, 1, 3, -4, 1e-3};
  const std::vector<Variable> x = draws(shapes, DType::float64, 13);
  weighted_sum(x, factors).backward();
  for (std::size_t i = 0; i < x.size(); ++i) {
    BOOST_TEST(x[i].grad().shape() == shapes[i]);
    BOOST_TEST(x[i].grad().item() == factors[i]);
  }
  const GradcheckResult result =
      gradcheck([&](const std::vector<Variable>& in) { return square(weighted_sum(in, factors)); },
                values(x));
  BOOST_TEST(result.passed, result.message);
}

BOOST_AUTO_TEST_CASE(lists_that_do_not_fit_are_refused) {
  const std::vector<Variable> x = draws({{4}, {2}}, DType::float32, 11);
  BOOST_CHECK_EXCEPTION(scaled_squares({x[0]}, x), ShapeError, says("1 and 2 tensors"));
  BOOST_CHECK_EXCEPTION(scaled_squares({x[1], x[0]}, x), ShapeError, says("of a pair differ"));
  const Variable wide = draws({{2}}, DType::float64, 12).front();
  BOOST_CHECK_THROW(scaled_squares({x[0], wide}, {x[0], wide}), ShapeError);
  BOOST_CHECK_THROW(log_sigmoid_sum({x[0], wide}), ShapeError);
  BOOST_CHECK_EXCEPTION(log_sigmoid_sum({}), Error, says("no tensor"));
  BOOST_TEST(scaled_squares({}, {}).empty());
  BOOST_CHECK_EXCEPTION(weighted_sum({}, {}), ValueError, says("0 scalars and 0 factors"));
  BOOST_CHECK_EXCEPTION(weighted_sum(x, {1}), ValueError, says("2 scalars and 1 factors"));
  BOOST_CHECK_EXCEPTION(weighted_sum(x, {1, 2}), ShapeError, says("expects scalars, not [4]"));
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace credence
