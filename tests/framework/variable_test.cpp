// Tests of differentiation: gradients, leaves, NoGrad, and the memory of graphs.
#include "framework/autograd/variable.hpp"

#include "framework/autograd/enable_grad.hpp"
#include "framework/base/error.hpp"
#include "framework/ops/arithmetic.hpp"
#include "framework/ops/reduce.hpp"
#include "tests/framework/support.hpp"

#include <string>
#include <vector>

#include <boost/test/unit_test.hpp>
#include <pthread.h>

namespace credence {

BOOST_AUTO_TEST_SUITE(variable)

namespace {

const auto per_element = boost::test_tools::per_element();

Variable leaf(const Shape& shape, double value) {
  return Variable(Tensor::full(shape, value), true);
}

std::size_t bytes_in_use() { return allocator_statistics(Device::cpu).bytes_in_use; }

// Calls a function on a thread whose stack is too small for one call for each op of a long chain.
template <class Function>
void run_on_small_stack(Function function) {
  constexpr std::size_t kStackBytes = 256 * 1024;
  pthread_attr_t attributes;
  pthread_attr_init(&attributes);
  pthread_attr_setstacksize(&attributes, kStackBytes);
  pthread_t thread{};
  const auto start = [](void* argument) -> void* {
    (*static_cast<Function*>(argument))();
    return nullptr;
  };
  BOOST_REQUIRE(pthread_create(&thread, &attributes, start, &function) == 0);
  pthread_join(thread, nullptr);
  pthread_attr_destroy(&attributes);
}

BOOST_AUTO_TEST_CASE(a_leaf_gathers_the_gradient_of_what_depends_on_it) {
  const Variable x(Tensor::from<float>({3}, {1, 2, 3}), true);
  BOOST_TEST(!x.grad().defined());
  sum(x * x).backward();
  const std::vector<float> expected{2, 4, 6};
  BOOST_TEST(x.grad().to_vector<float>() == expected, per_element);
}

BOOST_AUTO_TEST_CASE(two_uses_and_two_passes_add_up) {
  const Variable x = leaf({2}, 3);
  sum(x + x * 4.0).backward();
  BOOST_TEST(x.grad().data<float>()[1] == 5.0F);
  sum(x * 2.0).backward();
  BOOST_TEST(x.grad().data<float>()[1] == 7.0F);
  x.zero_grad();
  BOOST_TEST(x.grad().data<float>()[1] == 0.0F);
  sum(x).backward();
  BOOST_TEST(x.grad().data<float>()[1] == 1.0F);
}

BOOST_AUTO_TEST_CASE(a_diamond_runs_each_op_once_with_its_whole_gradient) {
  const Variable x = leaf({}, 2);
  int runs = 0;
  double seen = 0;
  const Variable shared =
      make_result(Tensor::full({}, 10), {x}, [&](const Tensor& grad) -> Gradients {
        ++runs;
        seen = grad.item();
        return {Tensor::full({}, 5 * grad.item())};
      });
  // One arm is longer than the other. The shared op must wait for both.
  const Variable long_arm = (shared * 2.0) * 3.0 + 1.0;
  (long_arm + shared).backward();
  BOOST_TEST(runs == 1);
  BOOST_TEST(seen == 7.0);
  BOOST_TEST(x.grad().item() == 35.0);
}

BOOST_AUTO_TEST_CASE(gradients_of_two_leaves_share_no_memory) {
  const Variable a = leaf({2}, 1);
  const Variable b = leaf({2}, 1);
  sum(a + b).backward();
  BOOST_TEST(!a.grad().shares_storage_with(b.grad()));
  a.grad().fill(9);
  BOOST_TEST(b.grad().data<float>()[0] == 1.0F);
}

// The gradient of a sum is that of both summands, in one memory. A summand that is used elsewhere
// too, before or after, gets a sum of its own.
BOOST_AUTO_TEST_CASE(a_gradient_that_summands_share_stays_as_it_is) {
  const Variable x = leaf({2}, 3);
  const Variable w = leaf({2}, 5);
  const Variable h = x * 2.0;
  const Variable v = w * 1.0;
  // d/dx = 2 (2 h + 2 + w) and d/dw = 2 + h, where h = 6.
  sum(((h * h) + (h + v)) + ((h + v) + (h * v))).backward();
  BOOST_TEST(x.grad().to_vector<float>() == (std::vector<float>{38, 38}));
  BOOST_TEST(w.grad().to_vector<float>() == (std::vector<float>{8, 8}));
}

BOOST_AUTO_TEST_CASE(a_sum_keeps_no_summand_alive) {
  const Variable x = leaf({50'000}, 3);
  const std::size_t before = bytes_in_use();
  const Variable total = x * 2.0 + x * 3.0;
  BOOST_TEST(bytes_in_use() - before < 2 * 50'000 * sizeof(float));
  sum(total).backward();
  BOOST_TEST(x.grad().data<float>()[49'999] == 5.0F);
}

BOOST_AUTO_TEST_CASE(a_seed_weighs_the_outputs_and_stays_as_it_was) {
  const Variable x = leaf({2}, 3);
  const Tensor seed = Tensor::from<float>({2}, {1, -2});
  (x * 2.0).backward(seed);
  x.backward(seed);
  const std::vector<float> expected{3, -6};
  BOOST_TEST(x.grad().to_vector<float>() == expected, per_element);
  BOOST_TEST(seed.data<float>()[1] == -2.0F);
  BOOST_CHECK_EXCEPTION((x * 2.0).backward(Tensor::zeros({3})), ShapeError,
                        says("the seed of shape [3] float32 on cpu does not match"));
}

BOOST_AUTO_TEST_CASE(what_is_no_scalar_or_constant_has_no_backward_pass) {
  const Variable x = leaf({2}, 3);
  BOOST_CHECK_EXCEPTION((x * 2.0).backward(), ShapeError,
                        says("[backward] the objective must be a scalar, not of shape [2]"));
  const Variable constant(Tensor::full({}, 1));
  const auto no_gradient =
      says("[backward] this value depends on nothing that requires a gradient");
  BOOST_CHECK_EXCEPTION(constant.backward(), Error, no_gradient);
  BOOST_CHECK_EXCEPTION((constant * 2.0).backward(), Error, no_gradient);
  BOOST_CHECK_EXCEPTION(sum(x.detach()).backward(), Error, no_gradient);
  BOOST_TEST(!x.grad().defined());
}

BOOST_AUTO_TEST_CASE(constants_take_no_gradient) {
  const Variable x = leaf({}, 3);
  Variable frozen = leaf({}, 5);
  frozen.set_requires_grad(false);
  (x * frozen).backward();
  BOOST_TEST(x.grad().item() == 5.0);
  BOOST_TEST(!frozen.grad().defined());
  BOOST_TEST(!(frozen * 2.0).requires_grad());
  frozen.set_requires_grad(true);
  BOOST_TEST((frozen * 2.0).requires_grad());
  Variable result = x * 2.0;
  BOOST_CHECK_EXCEPTION(result.set_requires_grad(false), Error, says("only a leaf"));
  Variable undefined;
  BOOST_CHECK_THROW(undefined.set_requires_grad(true), Error);
  BOOST_TEST(!undefined.requires_grad());
  BOOST_TEST(!undefined.grad().defined());
}

BOOST_AUTO_TEST_CASE(values_and_gradients_may_live_in_flat_buffers) {
  const Tensor buffer = Tensor::zeros({6});
  Variable x = leaf({2, 2}, 3);
  x.set_grad(buffer.view_at(2, {2, 2}));
  sum(x * x).backward();
  const std::vector<float> expected{0, 0, 6, 6, 6, 6};
  BOOST_TEST(buffer.to_vector<float>() == expected, per_element);
  x.set_value(Tensor::full({2, 2}, 1));
  BOOST_TEST(x.value().data<float>()[3] == 1.0F);
  BOOST_CHECK_THROW(x.set_grad(Tensor::zeros({4})), ShapeError);
  BOOST_CHECK_THROW(x.set_grad(Tensor::zeros({2, 2}, DType::float64)), ShapeError);
  BOOST_CHECK_THROW(x.set_value(Tensor::zeros({4})), ShapeError);
  BOOST_CHECK_THROW(x.set_value(Tensor::zeros({2, 2}, DType::float64)), ShapeError);
}

BOOST_AUTO_TEST_CASE(the_leaves_of_a_result_are_what_needs_a_gradient_beyond_its_input) {
  const Variable a = leaf({2}, 1);
  const Variable b = leaf({2}, 2);
  const Variable frozen(Tensor::full({2}, 3));
  const Variable input = a * 2.0;
  const Variable y = input * b + input * frozen + b;
  const auto only = [](const std::vector<Variable>& leaves, const Variable& expected) {
    return leaves.size() == 1 && leaves[0].identity() == expected.identity() &&
           leaves[0].value().shares_storage_with(expected.value());
  };
  using Inputs = std::vector<Variable>;
  BOOST_TEST(only(leaves_of(y, Inputs{input}), b));
  BOOST_TEST(only(leaves_of(input, {}), a));
  BOOST_TEST(leaves_of(y, {}).size() == 2U);
  BOOST_TEST(leaves_of(y, Inputs{b, input}).empty());
  BOOST_TEST(leaves_of(input, Inputs{a}).empty());
  BOOST_TEST(leaves_of(frozen, {}).empty());
}

BOOST_AUTO_TEST_CASE(nothing_is_recorded_while_a_no_grad_lives) {
  const Variable x = leaf({}, 3);
  BOOST_TEST(!NoGrad::active());
  {
    const NoGrad outer;
    {
      const NoGrad inner;
      BOOST_TEST(!(x * 2.0).requires_grad());
    }
    BOOST_TEST(NoGrad::active());
    BOOST_TEST(!(x * 2.0).requires_grad());
  }
  BOOST_TEST(!NoGrad::active());
  BOOST_TEST((x * 2.0).requires_grad());
}

BOOST_AUTO_TEST_CASE(enable_grad_builds_graphs_inside_no_grad) {
  const NoGrad no_grad;
  const Variable x = leaf({}, 3);
  {
    const EnableGrad enable_grad;
    BOOST_TEST(!NoGrad::active());
    (x * x).backward();
  }
  BOOST_TEST(x.grad().item() == 6);
  BOOST_TEST(NoGrad::active());
  BOOST_TEST(!(x * x).requires_grad());
}

BOOST_AUTO_TEST_CASE(a_closure_that_nobody_can_run_is_dropped_at_once) {
  const std::size_t before = bytes_in_use();
  const Variable constant(Tensor::full({}, 1));
  const Variable result =
      make_result(Tensor::full({}, 2), {constant},
                  [kept = Tensor::zeros({100'000})](const Tensor&) -> Gradients { return {kept}; });
  BOOST_TEST(bytes_in_use() - before < 100'000U);
}

BOOST_AUTO_TEST_CASE(a_chain_of_a_hundred_thousand_ops_overflows_no_stack) {
  constexpr int kOps = 100'000;
  const auto chain = [](const Variable& start) {
    Variable end = start;
    for (int i = 0; i < kOps; ++i) end = end + 1.0;
    return end;
  };
  const Variable x = leaf({}, 0.5);
  const std::size_t before = bytes_in_use();
  Variable result;
  run_on_small_stack([&] {
    result = chain(x);
    result.backward();
    chain(x);  // destroyed as a whole
  });
  BOOST_TEST(result.value().item() == kOps + 0.5);
  BOOST_TEST(x.grad().item() == 1.0);
  // The last result and the leaf's gradient are left, one smallest block each.
  BOOST_TEST(bytes_in_use() - before <= 2 * 128U);
}

BOOST_AUTO_TEST_CASE(destroying_a_graph_frees_what_two_ops_share) {
  const std::size_t before = bytes_in_use();
  {
    const Variable x = leaf({1000}, 1);
    const Variable shared = x * x;
    const Variable result = shared * shared + shared;
    BOOST_TEST(bytes_in_use() > before);
  }
  BOOST_TEST(bytes_in_use() == before);
}

BOOST_AUTO_TEST_CASE(activations_are_freed_while_the_backward_pass_goes_on) {
  constexpr std::size_t kOps = 8;
  constexpr std::int64_t kNumel = 250'000;
  constexpr std::size_t kBytes = kNumel * sizeof(float);
  const Variable x = leaf({}, 1);
  const std::size_t before = bytes_in_use();
  std::vector<std::size_t> during;
  Variable result = x;
  for (std::size_t i = 0; i < kOps; ++i) {
    result =
        make_result(Tensor::full({}, 1), {result},
                    [&during, kept = Tensor::empty({kNumel})](const Tensor& grad) -> Gradients {
                      during.push_back(bytes_in_use());
                      return {grad.clone()};
                    });
  }
  BOOST_TEST(bytes_in_use() - before >= kOps * kBytes);
  result.backward();
  BOOST_REQUIRE(during.size() == kOps);
  for (std::size_t i = 1; i < kOps; ++i) BOOST_TEST(during[i] + kBytes <= during[i - 1]);
  BOOST_TEST(bytes_in_use() - before < kBytes);
}

BOOST_AUTO_TEST_CASE(an_exception_in_a_closure_reaches_the_caller) {
  const Variable x = leaf({}, 1);
  const Variable result = make_result(Tensor::full({}, 1), {x}, [](const Tensor&) -> Gradients {
    throw ValueError("[test] no derivative");
  });
  BOOST_CHECK_EXCEPTION(result.backward(), ValueError, says("[test] no derivative"));
}

BOOST_AUTO_TEST_CASE(values_and_gradients_of_undefined_variables_are_refused) {
  Variable undefined;
  BOOST_CHECK_EXCEPTION(undefined.set_grad(Tensor::zeros({})), Error, says("[grad]"));
  BOOST_CHECK_EXCEPTION(undefined.set_value(Tensor::zeros({})), Error, says("[value]"));
  BOOST_CHECK_EXCEPTION(undefined.backward(), Error, says("depends on nothing"));
  Variable x = leaf({}, 1);
  BOOST_CHECK_EXCEPTION(x.set_grad(Tensor()), Error, says("[grad]"));
  BOOST_CHECK_EXCEPTION(x.set_value(Tensor()), Error, says("[value]"));
  Variable result = x * 2.0;
  BOOST_CHECK_EXCEPTION(result.set_value(Tensor::zeros({})), Error, says("only a leaf"));
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace
}  // namespace credence
