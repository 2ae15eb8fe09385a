// Tests of what a backward pass refuses and what it leaves behind. variable_test.cpp tests the
// passes themselves.
#include "framework/autograd/variable.hpp"
#include "framework/base/error.hpp"
#include "framework/ops/arithmetic.hpp"
#include "tests/framework/support.hpp"

#include <boost/test/unit_test.hpp>

namespace credence {

BOOST_AUTO_TEST_SUITE(backward)

namespace {

Variable leaf(const Shape& shape, double value) {
  return Variable(Tensor::full(shape, value), true);
}

}  // namespace

BOOST_AUTO_TEST_CASE(a_result_is_differentiated_once) {
  const auto again = says(
      "[backward] this result was differentiated already; its graph is freed, compute it again");
  const Variable x = leaf({}, 3);
  const Variable inner = x * x;
  const Variable first = inner * 2.0;
  const Variable second = inner * 5.0;
  first.backward();
  BOOST_TEST(x.grad().item() == 12.0);
  BOOST_CHECK_EXCEPTION(first.backward(), Error, again);
  // In a graph made before, and in one made afterwards.
  BOOST_CHECK_EXCEPTION(second.backward(), Error, again);
  BOOST_CHECK_EXCEPTION((inner * 5.0).backward(), Error, again);
  BOOST_TEST(x.grad().item() == 12.0);
  BOOST_TEST(!inner.grad().defined());
  BOOST_TEST(inner.requires_grad());
  // A leaf may take part in any number of passes, and may be the objective itself.
  (x * x).backward();
  x.backward();
  x.backward();
  BOOST_TEST(x.grad().item() == 20.0);
}

BOOST_AUTO_TEST_CASE(a_result_stays_one_after_its_backward_pass) {
  const Variable x = leaf({}, 3);
  Variable result = x * 2.0;
  result.backward();
  BOOST_CHECK_EXCEPTION(result.set_requires_grad(false), Error, says("only a leaf"));
  BOOST_CHECK_EXCEPTION(result.set_requires_grad(true), Error, says("only a leaf"));
}

BOOST_AUTO_TEST_CASE(a_seed_of_another_type_is_refused) {
  const Variable x = leaf({2}, 3);
  const Variable y = x * 2.0;
  BOOST_CHECK_EXCEPTION(
      y.backward(Tensor::zeros({2}, DType::float64)), ShapeError,
      says("the seed of shape [2] float64 on cpu does not match the value of shape [2] float32"));
  BOOST_CHECK_EXCEPTION(y.backward(Tensor()), Error, says("[backward] the seed is undefined"));
  BOOST_TEST(!x.grad().defined());
  y.backward(Tensor::full({2}, 1));
  BOOST_TEST(x.grad().data<float>()[0] == 2.0F);
}

BOOST_AUTO_TEST_CASE(gradients_that_do_not_fit_the_inputs_are_refused) {
  const Variable x = leaf({2}, 3);
  const auto giving = [&](const Gradients& gradients) {
    return make_result(Tensor::full({}, 1), {x}, [=](const Tensor&) { return gradients; });
  };
  giving({Tensor::full({2}, 1)}).backward();
  BOOST_CHECK_EXCEPTION(giving({}).backward(), Error,
                        says("[backward] an op gave 0 gradients for 1 inputs"));
  BOOST_CHECK_EXCEPTION(giving({Tensor::full({3}, 1)}).backward(), ShapeError,
                        says("[backward] a gradient of shape [3] does not add to one of shape"));
  BOOST_TEST(x.grad().data<float>()[1] == 1.0F);
}

BOOST_AUTO_TEST_CASE(a_failed_pass_leaves_no_gradients_behind_in_the_graph) {
  const Variable x = leaf({}, 1);
  const Variable inner = x * 2.0;
  const Variable fails = make_result(Tensor::full({}, 1), {x}, [](const Tensor&) -> Gradients {
    throw ValueError("[test] no derivative");
  });
  BOOST_CHECK_THROW((inner + fails).backward(), ValueError);
  (inner * 10.0).backward();
  BOOST_TEST(x.grad().item() == 20.0);
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace credence
