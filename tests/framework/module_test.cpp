// Tests of modules: the list of members, modes, generators, calls, and the paths in errors.
#include "framework/nn/module.hpp"

#include "framework/base/error.hpp"
#include "framework/nn/layers.hpp"
#include "framework/nn/normalization.hpp"
#include "framework/ops/arithmetic.hpp"
#include "tests/framework/training.hpp"

#include <stdexcept>
#include <string>
#include <type_traits>
#include <utility>
#include <vector>

#include <boost/test/unit_test.hpp>

namespace credence::nn {

BOOST_AUTO_TEST_SUITE(module)

namespace {

const auto per_element = boost::test_tools::per_element();

class Inner : public Module {
 public:
  explicit Inner(std::uint64_t seed) : noise(seed) {}
  Variable forward(const Variable& x) override { return x; }
  void visit(Visitor& visitor) override {
    visitor.parameter("weight", weight);
    visitor.buffer("mean", mean);
    visitor.generator("noise", noise);
  }

  Variable weight{Tensor::zeros({2, 3}), true};
  Tensor mean = Tensor::zeros({3});
  Generator noise;
};

class Middle : public Module {
 public:
  Variable forward(const Variable& x) override { return inner(x); }
  void visit(Visitor& visitor) override {
    visitor.module("inner", inner);
    visitor.parameter("bias", bias);
  }

  Inner inner{1};
  Variable bias{Tensor::zeros({5}, DType::float64), true};
};

class Outer : public Module {
 public:
  Variable forward(const Variable& x) override { return middle(x); }
  void visit(Visitor& visitor) override {
    visitor.parameter("scale", scale);
    visitor.module("middle", middle);
    visitor.module("last", last);
  }

  Variable scale{Tensor::zeros({}), false};
  Middle middle;
  Inner last{2};
};

// One part under two names.
class Tied : public Module {
 public:
  Variable forward(const Variable& x) override { return inner(inner(x)); }
  void visit(Visitor& visitor) override {
    visitor.module("first", inner);
    visitor.module("second", inner);
  }

  Inner inner{3};
};

// Compares two rows: score(left of the first, right of the second), and their difference.
class Comparison : public MultiModule {
 public:
  std::vector<Variable> forward_all(const std::vector<Variable>& inputs) override {
    const auto [first, second] = exactly<2>(inputs);
    const Variable from = left(first);
    const Variable to = right(second);
    return {from * to, from - to};
  }
  void visit(Visitor& visitor) override {
    visitor.module("left", left);
    visitor.module("right", right);
  }
  std::string type_name() const override { return "Comparison"; }

  Linear left{2, 1, {.bias = false}, Generator(1)};
  Linear right{3, 1, {.bias = false}, Generator(2)};
};

// A model of three tensors with a part of two.
class Triple : public MultiModule {
 public:
  std::vector<Variable> forward_all(const std::vector<Variable>& inputs) override {
    const auto [a, b, c] = exactly<3>(inputs);
    return {comparison({a, b})[0] + c};
  }
  void visit(Visitor& visitor) override { visitor.module("comparison", comparison); }

  Comparison comparison;
};

// Fails in the way it is asked to.
class Failing : public Module {
 public:
  Variable forward(const Variable& x) override {
    if (what == "value") throw ValueError("[what] a value");
    if (what == "file") throw FileError("FILE", 7, "a fault");
    if (what == "other") throw std::runtime_error("[what] of another library");
    return x;
  }
  std::string what;
};

auto begins(const std::string& text) {
  return
      [text](const std::exception& error) { return std::string(error.what()).starts_with(text); };
}

template <class Named>
std::vector<std::string> names(const std::vector<Named>& members) {
  std::vector<std::string> result;
  for (const Named& member : members) result.push_back(member.name);
  return result;
}

}  // namespace

BOOST_AUTO_TEST_CASE(a_parameter_has_its_role) {
  struct Model : Module {
    Variable forward(const Variable& x) override { return norm(conv(x)); }
    void visit(Visitor& visitor) override {
      visitor.module("conv", conv);
      visitor.module("norm", norm);
      visitor.parameter("scale", scale);
      visitor.parameter("log_variance", log_variance, Role::spread);
    }
    Conv2d conv{1, 2, {.kernel = 3}, Generator(1)};
    BatchNorm2d norm{2};
    Variable scale{Tensor::zeros({}), true};
    Variable log_variance{Tensor::zeros({}), true};
  };
  Model model;
  std::vector<std::pair<std::string, Role>> found;
  for (const NamedParameter& p : parameters(model)) found.emplace_back(p.name, p.role);
  const std::vector<std::pair<std::string, Role>> expected{
      {"conv.weight", Role::weight}, {"conv.bias", Role::bias}, {"norm.weight", Role::norm},
      {"norm.bias", Role::norm},     {"scale", Role::weight},   {"log_variance", Role::spread}};
  BOOST_TEST((found == expected));
}

BOOST_AUTO_TEST_CASE(members_are_listed_in_order_by_their_paths) {
  Outer model;
  const std::vector<std::string> expected{"scale", "middle.inner.weight", "middle.bias",
                                          "last.weight"};
  BOOST_TEST(names(parameters(model)) == expected, per_element);
  const std::vector<std::string> expected_buffers{"middle.inner.mean", "last.mean"};
  BOOST_TEST(names(buffers(model)) == expected_buffers, per_element);
  BOOST_TEST(parameters(model)[2].parameter == &model.middle.bias);
  BOOST_TEST(buffers(model)[1].buffer == &model.last.mean);
  BOOST_TEST(parameters(model.last)[0].name == "weight");
}

BOOST_AUTO_TEST_CASE(counts_take_all_parameters_and_no_buffers) {
  Outer model;
  BOOST_TEST(parameter_count(model) == 1 + 6 + 5 + 6);
  BOOST_TEST(parameter_bytes(model) == (1U + 6U + 6U) * 4U + 5U * 8U);
  Linear linear(7, 3, {}, Generator(1));
  BOOST_TEST(parameter_count(linear) == 7 * 3 + 3);
  Linear without_bias(7, 3, {.bias = false}, Generator(1));
  BOOST_TEST(parameter_count(without_bias) == 7 * 3);
  Flatten flatten;
  BOOST_TEST(parameter_count(flatten) == 0);
}

BOOST_AUTO_TEST_CASE(the_mode_reaches_every_part) {
  Outer model;
  BOOST_TEST(model.training());
  BOOST_TEST(model.middle.inner.training());
  model.train(false);
  BOOST_TEST(!model.training());
  BOOST_TEST(!model.middle.training());
  BOOST_TEST(!model.middle.inner.training());
  BOOST_TEST(!model.last.training());
  model.middle.train();
  BOOST_TEST(!model.training());
  BOOST_TEST(model.middle.inner.training());
  BOOST_TEST(!model.last.training());
}

BOOST_AUTO_TEST_CASE(draws_from_seeks_every_generator_and_puts_it_back) {
  Outer model;
  model.middle.inner.noise.next();
  model.last.noise.seek(9);
  {
    const DrawsFrom draws(model, 100);
    BOOST_TEST(model.middle.inner.noise.next().draw == 100U);
    BOOST_TEST(model.middle.inner.noise.next().draw == 101U);
    {
      const DrawsFrom again(model, 100);
      BOOST_TEST(model.middle.inner.noise.next().draw == 100U);
    }
    BOOST_TEST(model.middle.inner.noise.next().draw == 102U);
    BOOST_TEST(model.last.noise.draws() == 100U);
    BOOST_TEST(model.last.noise.key() == 2U);
  }
  BOOST_TEST(model.middle.inner.noise.draws() == 1U);
  BOOST_TEST(model.last.noise.draws() == 9U);
  try {
    const DrawsFrom draws(model, 100);
    throw std::runtime_error("in between");
  } catch (const std::runtime_error&) {
    BOOST_TEST(model.last.noise.draws() == 9U);
  }
}

BOOST_AUTO_TEST_CASE(modules_move_but_do_not_copy) {
  static_assert(!std::is_copy_constructible_v<Linear> && !std::is_copy_assignable_v<Linear>);
  Linear linear(4, 2, {}, Generator(1));
  const Variable x(Tensor::full({1, 4}, 0.5));
  const Tensor before = linear(x).value();
  linear.train(false);
  Linear moved = std::move(linear);
  BOOST_TEST(same_bits(moved(x).value(), before));
  BOOST_TEST(!moved.training());
}

BOOST_AUTO_TEST_CASE(a_shared_part_keeps_its_place_in_the_noise) {
  Tied model;
  model.inner.noise.seek(5);
  { const DrawsFrom draws(model, 100); }
  BOOST_TEST(model.inner.noise.draws() == 5U);
}

BOOST_AUTO_TEST_CASE(a_call_with_an_activation_applies_it_and_is_observed_once) {
  class Counter : public CallObserver {
   public:
    void called(const Module& module, const Shape& input, const Shape& output) override {
      calls.push_back(module.type_name() + " " + input.to_string() + " " + output.to_string());
    }
    std::vector<std::string> calls;
  };
  Linear linear(6, 4, {}, Generator(1));
  Conv2d convolution(2, 3, {.kernel = 2}, Generator(1));
  BatchNorm2d norm(2);
  const Variable row(Tensor::full({5, 6}, 0.5));
  const Variable image(Tensor::full({5, 2, 4, 4}, 0.5));
  const Activation activation = Activation::tanh();
  const auto same = [&](Module& layer, const Variable& x) {
    return same_bits(layer(x, activation).value(), activation(layer(x)).value());
  };
  BOOST_TEST(same(linear, row));
  BOOST_TEST(same(convolution, image));
  BOOST_TEST(same(norm, image));
  Counter counter;
  linear(row, activation);
  BOOST_TEST(counter.calls == std::vector<std::string>{"Linear [5, 6] [5, 4]"}, per_element);
}

// y = tanh(w x): the observer receives w x, and its variable doubles the gradient that passes.
BOOST_AUTO_TEST_CASE(an_observer_may_replace_the_output_before_the_activation) {
  class Doubler : public CallObserver {
   public:
    Variable passed_on(Module&, const Variable& output) override {
      return make_result(output.value(), {output}, [](const Tensor& grad) {
        return Gradients{(Variable(grad) * 2).value()};
      });
    }
    bool separates_activations() const override { return true; }
    void returned(Module&, std::span<const Variable>, std::span<const Variable> outputs) override {
      seen.push_back(outputs.front().value().item());
    }
    std::vector<double> seen;
  };
  Linear linear(1, 1, {.bias = false}, Generator(1));
  parameters(linear).front().parameter->value().fill(0.5);
  const Variable x(Tensor::full({1, 1}, 3), true);
  Doubler doubler;
  const Variable y = linear(x, Activation::tanh());
  y.backward();
  const double slope = 1 - std::tanh(1.5) * std::tanh(1.5);
  BOOST_TEST(doubler.seen == std::vector<double>{1.5}, per_element);
  BOOST_TEST(y.value().item() == std::tanh(1.5), boost::test_tools::tolerance(1e-6));
  BOOST_TEST(x.grad().item() == 2 * 0.5 * slope, boost::test_tools::tolerance(1e-6));
  linear(std::vector{x})[0].backward();
  BOOST_TEST(x.grad().item() == 2 * 0.5 * slope + 1, boost::test_tools::tolerance(1e-6));
}

BOOST_AUTO_TEST_CASE(an_error_names_the_path_of_the_layer) {
  Sequential net(Linear(6, 4, {}, Generator(1)), Activation::relu(),
                 Sequential(Linear(4, 3, {}, Generator(1)), Linear(2, 2, {}, Generator(1))));
  const Variable x(Tensor::full({5, 6}, 0.5));
  BOOST_CHECK_EXCEPTION(net(x), ShapeError, begins("2.1: [linear] "));
  BOOST_CHECK_EXCEPTION(net(Variable(Tensor::full({5, 5}, 1))), ShapeError, begins("0: [linear] "));
  // A layer that is not part of a model has no path.
  Linear alone(6, 4, {}, Generator(1));
  BOOST_CHECK_EXCEPTION(alone(Variable(Tensor::full({5, 5}, 1))), ShapeError, begins("[linear] "));
  Conv2d convolution(2, 3, {.kernel = 2}, Generator(1));
  Sequential image(Flatten(), std::move(convolution));
  BOOST_CHECK_EXCEPTION(image(Variable(Tensor::full({1, 2, 4, 4}, 1)), Activation::relu()),
                        ShapeError, begins("1: [convolution] "));
}

BOOST_AUTO_TEST_CASE(an_error_keeps_its_type) {
  const auto failing_with = [&](const char* what) {
    Failing part;
    part.what = what;
    return Sequential(Flatten{}, Sequential(std::move(part)));
  };
  const Variable x(Tensor::full({5, 6}, 0.5));
  Sequential value = failing_with("value");
  BOOST_CHECK_EXCEPTION(value(x), ValueError, begins("1.0: [what] a value"));
  Sequential file = failing_with("file");
  BOOST_CHECK_EXCEPTION(file(x), FileError, begins("1.0: FILE: byte 7: a fault"));
  Sequential other = failing_with("other");
  BOOST_CHECK_EXCEPTION(other(x), std::runtime_error, begins("[what] of another library"));
}

BOOST_AUTO_TEST_CASE(an_error_of_a_part_that_is_not_listed_names_the_whole) {
  class Makeshift : public Module {
   public:
    Variable forward(const Variable& x) override { return Linear(3, 2, {}, Generator(1))(x); }
  };
  Sequential net(Flatten{}, Makeshift{});
  BOOST_CHECK_EXCEPTION(net(Variable(Tensor::full({5, 6}, 0.5))), ShapeError,
                        begins("1: [linear] "));
}

BOOST_AUTO_TEST_CASE(a_module_of_several_tensors_is_called_with_a_list) {
  Comparison model;
  const std::vector<NamedParameter> weights = parameters(model);
  weights[0].parameter->value().copy_from(Tensor::from<float>({1, 2}, {1, 2}));
  weights[1].parameter->value().copy_from(Tensor::from<float>({1, 3}, {1, 0, -1}));
  const Variable first(Tensor::from<float>({1, 2}, {3, 4}));
  const Variable second(Tensor::from<float>({1, 3}, {7, 1, 2}));
  // 1·3 + 2·4 = 11 and 7 − 2 = 5.
  const std::vector<Variable> outputs = model({first, second});
  BOOST_TEST(outputs.size() == 2U);
  BOOST_TEST(outputs[0].value().item() == 55);
  BOOST_TEST(outputs[1].value().item() == 6);
  BOOST_CHECK_EXCEPTION(model(first), ShapeError, begins("[call] 2 inputs expected, found 1"));
  // A module of one tensor takes a list of one and gives one.
  BOOST_TEST(model.left(std::vector{first})[0].value().item() == 11);
  BOOST_CHECK_EXCEPTION(model.left({first, second}), ShapeError,
                        begins("[call] 1 input expected, found 2"));
}

BOOST_AUTO_TEST_CASE(a_call_with_several_tensors_is_observed) {
  class Counter : public CallObserver {
   public:
    void returned(Module& module, std::span<const Variable> inputs,
                  std::span<const Variable> outputs) override {
      calls.push_back(module.type_name() + ' ' + std::to_string(inputs.size()) + ' ' +
                      std::to_string(outputs.size()));
      CallObserver::returned(module, inputs, outputs);
    }
    void called(const Module&, const Shape& input, const Shape& output) override {
      calls.push_back(input.to_string() + ' ' + output.to_string());
    }
    std::vector<std::string> calls;
  };
  Comparison model;
  Counter counter;
  model({Variable(Tensor::full({4, 2}, 1)), Variable(Tensor::full({4, 3}, 1))});
  const std::vector<std::string> expected{"Linear 1 1",    "[4, 2] [4, 1]",  "Linear 1 1",
                                          "[4, 3] [4, 1]", "Comparison 2 2", "[4, 2] [4, 1]"};
  BOOST_TEST(counter.calls == expected, per_element);
}

BOOST_AUTO_TEST_CASE(an_error_names_the_path_inside_a_module_of_several_tensors) {
  Triple model;
  const Variable wide(Tensor::full({4, 3}, 1));
  const Variable narrow(Tensor::full({4, 2}, 1));
  BOOST_TEST(model({narrow, wide, wide}).size() == 1U);
  BOOST_CHECK_EXCEPTION(model({narrow, narrow, wide}), ShapeError,
                        begins("comparison.right: [linear] "));
  BOOST_CHECK_EXCEPTION(model({narrow, wide}), ShapeError,
                        begins("[call] 3 inputs expected, found 2"));
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace credence::nn
