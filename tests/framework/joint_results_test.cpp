// Tests of ops with several results: their gradients meet, and one closure runs for all of them.
#include "framework/autograd/op_observer.hpp"
#include "framework/autograd/variable.hpp"
#include "framework/base/error.hpp"
#include "framework/ops/arithmetic.hpp"
#include "framework/ops/reduce.hpp"
#include "tests/framework/support.hpp"

#include <boost/test/unit_test.hpp>

namespace credence {

BOOST_AUTO_TEST_SUITE(joint_results)

namespace {

Variable leaf(double value) { return Variable(Tensor::full({}, value), true); }

// u = a b and v = a + b. ∂a = b ∂u + ∂v and ∂b = a ∂u + ∂v, where a gradient that does not arrive
// counts as 0.
struct ProductAndSum {
  Variable a = leaf(3);
  Variable b = leaf(5);
  int runs = 0;
  std::vector<bool> arrived;

  std::vector<Variable> operator()() {
    const double a_value = a.value().item();
    const double b_value = b.value().item();
    return make_results(
        {Tensor::full({}, a_value * b_value), Tensor::full({}, a_value + b_value)}, {a, b},
        [this, a_value, b_value](const Gradients& grads) -> Gradients {
          ++runs;
          arrived = {grads[0].defined(), grads[1].defined()};
          const double u = grads[0].defined() ? grads[0].item() : 0;
          const double v = grads[1].defined() ? grads[1].item() : 0;
          return {Tensor::full({}, b_value * u + v), Tensor::full({}, a_value * u + v)};
        });
  }
};

}  // namespace

BOOST_AUTO_TEST_CASE(gradients_of_all_results_meet_in_one_closure) {
  ProductAndSum op;
  const std::vector<Variable> results = op();
  BOOST_TEST_REQUIRE(results.size() == 2U);
  BOOST_TEST(results[0].value().item() == 15);
  BOOST_TEST(results[1].value().item() == 8);
  // The paths from the results to the end are of different lengths.
  (results[0] * 2.0 * 1.0 + results[1] * 7.0 + results[0]).backward();
  BOOST_TEST(op.runs == 1);
  BOOST_TEST(op.a.grad().item() == 5 * 3 + 7);
  BOOST_TEST(op.b.grad().item() == 3 * 3 + 7);
}

BOOST_AUTO_TEST_CASE(a_result_that_the_objective_does_not_depend_on_has_no_gradient) {
  ProductAndSum op;
  const std::vector<Variable> results = op();
  (results[1] * 2.0).backward();
  BOOST_TEST(op.runs == 1);
  BOOST_TEST((op.arrived == std::vector<bool>{false, true}));
  BOOST_TEST(op.a.grad().item() == 2);
  // A closure runs once: the other result's graph is freed with it.
  BOOST_CHECK_EXCEPTION(results[0].backward(), Error, says("differentiated already"));
}

BOOST_AUTO_TEST_CASE(the_inputs_may_be_results_themselves) {
  const Variable x = leaf(2);
  ProductAndSum op;
  op.a = x * x;
  op.b = x + 1.0;
  const std::vector<Variable> results = op();
  // d/dx (x² (x + 1) + x² + x + 1) = 3x² + 2x + 2x + 1
  (results[0] + results[1]).backward();
  BOOST_TEST(x.grad().item() == 3 * 4 + 4 * 2 + 1);
}

BOOST_AUTO_TEST_CASE(results_without_gradients_are_constants) {
  ProductAndSum op;
  {
    const NoGrad no_grad;
    for (const Variable& result : op()) BOOST_TEST(!result.requires_grad());
  }
  op.a.set_requires_grad(false);
  for (const Variable& result : op()) BOOST_TEST(result.requires_grad());
  op.b.set_requires_grad(false);
  for (const Variable& result : op()) BOOST_TEST(!result.requires_grad());
}

BOOST_AUTO_TEST_CASE(the_leaves_behind_a_result_are_the_inputs) {
  ProductAndSum op;
  BOOST_TEST(leaves_of(op()[1], {}).size() == 2U);
}

BOOST_AUTO_TEST_CASE(an_exception_leaves_no_gradient_for_a_later_pass) {
  const Variable x = leaf(2);
  int runs = 0;
  const auto twice = [&](bool fails) {
    return make_results({Tensor::full({}, 2), Tensor::full({}, 2)}, {x},
                        [&runs, fails](const Gradients& grads) -> Gradients {
                          if (fails) throw ValueError("[test] no derivative");
                          ++runs;
                          return {Tensor::full({}, grads[0].item() + grads[1].item())};
                        });
  };
  const std::vector<Variable> failing = twice(true);
  BOOST_CHECK_EXCEPTION((failing[0] + failing[1]).backward(), ValueError, says("no derivative"));
  const std::vector<Variable> results = twice(false);
  (results[0] + results[1]).backward();
  BOOST_TEST(runs == 1);
  BOOST_TEST(x.grad().item() == 2);
}

BOOST_AUTO_TEST_CASE(an_observer_sees_each_result) {
  struct Counter : OpObserver {
    void made(const Variable&, std::span<const Variable> inputs) override {
      ++results;
      BOOST_TEST(inputs.size() == 2U);
    }
    void called(const OpCall&, const Variable&) override {}
    int results = 0;
  } counter;
  ProductAndSum op;
  op();
  BOOST_TEST(counter.results == 2);
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace credence
