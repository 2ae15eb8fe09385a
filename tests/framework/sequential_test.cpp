// Tests of chains of modules and functions.
#include "framework/nn/sequential.hpp"

#include "framework/ops/arithmetic.hpp"
#include "framework/ops/pointwise.hpp"
#include "tests/framework/training.hpp"

#include <string>
#include <vector>

#include <boost/test/unit_test.hpp>

namespace credence::nn {

BOOST_AUTO_TEST_SUITE(sequential)

namespace {

std::vector<std::string> names(Module& module) {
  std::vector<std::string> result;
  for (const NamedParameter& p : parameters(module)) result.push_back(p.name);
  return result;
}

const Variable& input() {
  static const Variable x(normals({3, 4}, "x").to(DType::float32));
  return x;
}

}  // namespace

BOOST_AUTO_TEST_CASE(modules_and_functions_run_one_after_another) {
  const Generator generator(1);
  Linear first(4, 5, {}, generator.split("first"));
  Linear second(5, 2, {}, generator.split("second"));
  const Tensor expected = second(relu(first(input())) * 2.0).value();
  Sequential model(
      std::move(first), Activation::relu(), [](const Variable& x) { return x * 2.0; },
      std::move(second), Flatten());
  BOOST_TEST(model.size() == 5U);
  BOOST_TEST(same_bits(model(input()).value(), expected));
  const std::vector<std::string> expected_names{"0.weight", "0.bias", "3.weight", "3.bias"};
  BOOST_TEST(names(model) == expected_names, boost::test_tools::per_element());
}

BOOST_AUTO_TEST_CASE(parts_are_appended_and_nested) {
  Sequential inner(&relu, Linear(4, 4, {.bias = false}, Generator(1)));
  Sequential model;
  BOOST_TEST(same_bits(model(input()).value(), input().value()));
  model.append(std::move(inner));
  model.append(&square);
  const std::vector<std::string> expected_names{"0.1.weight"};
  BOOST_TEST(names(model) == expected_names, boost::test_tools::per_element());
  BOOST_TEST((model(input()).shape() == Shape{3, 4}));
}

BOOST_AUTO_TEST_CASE(a_moved_sequential_keeps_its_parts) {
  Sequential model(Linear(4, 2, {}, Generator(1)), Activation::relu());
  const Tensor before = model(input()).value();
  Sequential moved = std::move(model);
  BOOST_TEST(same_bits(moved(input()).value(), before));
}

BOOST_AUTO_TEST_CASE(the_mode_reaches_the_parts) {
  class Mode : public Module {
   public:
    Variable forward(const Variable& x) override { return training() ? x : x * 0.0; }
  };
  Sequential model{Mode()};
  BOOST_TEST(model(input()).value().data<float>()[0] != 0.0F);
  model.train(false);
  BOOST_TEST(model(input()).value().data<float>()[0] == 0.0F);
}

BOOST_AUTO_TEST_CASE(gradients_pass_through_all_parts) {
  Sequential model(Linear(4, 5, {}, Generator(1)), Activation::softplus(),
                   Linear(5, 1, {}, Generator(2)));
  model(input()).backward(Tensor::full({3, 1}, 1));
  for (const NamedParameter& p : parameters(model)) BOOST_TEST(p.parameter->grad().defined());
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace credence::nn
