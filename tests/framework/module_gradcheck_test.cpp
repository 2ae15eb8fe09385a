// Tests of gradcheck for modules: right and wrong ones, and what the module has afterwards.
#include "framework/base/error.hpp"
#include "framework/nn/dropout.hpp"
#include "framework/nn/gradcheck.hpp"
#include "framework/nn/normalization.hpp"
#include "framework/nn/transposed_convolution.hpp"
#include "framework/ops/arithmetic.hpp"
#include "framework/ops/pointwise.hpp"
#include "framework/ops/reduce.hpp"
#include "tests/framework/training.hpp"

#include <boost/test/unit_test.hpp>

namespace credence::nn {

BOOST_AUTO_TEST_SUITE(module_gradient_check)

namespace {

// A small network with everything that a pass may change: running statistics and generators.
Sequential network() {
  const Generator generator(1);
  return Sequential(Conv2d(2, 4, {.kernel = 3, .padding = 1}, generator.split("0")), BatchNorm2d(4),
                    Activation::softplus(), MaxPool2d({.kernel = 2}), Dropout(0.3, generator),
                    ConvTranspose2d(4, 2, {.kernel = 2, .stride = 2}, generator.split("5")),
                    Activation::tanh(), Flatten(), Linear(72, 5, {}, generator.split("8")));
}

Tensor images() { return normals({3, 2, 6, 6}, "x"); }

// y = scale · x, with a gradient of the scale that is wrong by a factor.
class Scale : public Module {
 public:
  explicit Scale(double factor) : factor_(factor) {}
  Variable forward(const Variable& x) override {
    ++calls;
    const Variable y = x * scale;
    const Variable alone = x.detach() * scale;
    // The gradient that is missing from y, or too much.
    return factor_ == 1 ? y : y + with_value_zero(alone) * (factor_ - 1);
  }
  void visit(Visitor& visitor) override { visitor.parameter("scale", scale); }

  Variable scale{Tensor::full({3}, 0.7), true};
  int calls = 0;

 private:
  static Variable with_value_zero(const Variable& x) {
    return make_result(Tensor::zeros_like(x.value()), {x},
                       [](const Tensor& grad) -> Gradients { return {grad}; });
  }
  double factor_;
};

// Its output depends on a buffer that each call changes.
class Counting : public Module {
 public:
  Variable forward(const Variable& x) override {
    count = (Variable(count) + 1.0).value();
    total.copy_from((Variable(total) + 0.5).value());
    return square(x) * Variable(count) * Variable(total);
  }
  void visit(Visitor& visitor) override {
    visitor.buffer("count", count);
    visitor.buffer("total", total);
    visitor.buffer("number", number);
  }
  Tensor count = Tensor::full({1}, 1);
  Tensor total = Tensor::full({1}, 1);
  Tensor number = Tensor::from<std::int64_t>({1}, {7});
};

// What a module is made of, to be compared with what it is made of later.
struct State {
  explicit State(Module& module) {
    for (const NamedParameter& p : parameters(module)) {
      identities.push_back(p.parameter->identity());
      addresses.push_back(p.parameter->value().raw_data());
      values.push_back(p.parameter->value().clone());
      gradients.push_back(p.parameter->grad().defined() ? p.parameter->grad().raw_data() : nullptr);
    }
    for (const NamedBuffer& b : buffers(module)) {
      addresses.push_back(b.buffer->raw_data());
      values.push_back(b.buffer->clone());
    }
    for (const NamedGenerator& g : generators(module)) draws.push_back(g.generator->draws());
    training = module.training();
  }
  bool operator==(const State& other) const {
    return identities == other.identities && addresses == other.addresses &&
           gradients == other.gradients && draws == other.draws && training == other.training &&
           same_bits(values, other.values);
  }

  std::vector<const void*> identities;
  std::vector<const void*> addresses;
  std::vector<const void*> gradients;
  std::vector<Tensor> values;
  std::vector<std::uint64_t> draws;
  bool training = false;
};

bool contains(const std::string& text, const std::string& part) {
  return text.find(part) != std::string::npos;
}

}  // namespace

BOOST_AUTO_TEST_CASE(a_right_module_passes_and_is_left_as_it_was) {
  Sequential model = network();
  const Variable y = model(Variable(images().to(DType::float32)));
  y.backward(Tensor::full(y.shape(), 1));
  for (const bool training : {true, false}) {
    model.train(training);
    const State before(model);
    const GradcheckResult result = gradcheck(model, images());
    BOOST_TEST(result.passed, "training " << training << ": " << result.message);
    BOOST_TEST(result.gradient_error > 0);
    BOOST_TEST(result.float_gradient_error > 0);
    BOOST_TEST((State(model) == before));
  }
}

BOOST_AUTO_TEST_CASE(a_wrong_parameter_is_named_by_its_path) {
  for (const double factor : {0.0, 1.0, 1.001}) {
    Sequential inner(Activation::tanh(), Scale(factor));
    Sequential model(Linear(4, 3, {}, Generator(1)), std::move(inner));
    const State before(model);
    const GradcheckResult result = gradcheck(model, normals({5, 4}, "x"));
    BOOST_TEST(result.passed == (factor == 1));
    BOOST_TEST((State(model) == before));
    if (factor == 1) continue;
    BOOST_TEST(contains(result.message, "the gradient of 1.1.scale at ["), result.message);
    BOOST_TEST(contains(result.message, "from backward()"), result.message);
  }
}

BOOST_AUTO_TEST_CASE(a_wrong_gradient_of_the_input_is_found) {
  Sequential model([](const Variable& x) { return square(x) + x.detach(); });
  const GradcheckResult result = gradcheck(model, normals({2, 3}, "x"));
  BOOST_TEST(!result.passed);
  BOOST_TEST(contains(result.message, "the gradient of input 0 at ["), result.message);
}

BOOST_AUTO_TEST_CASE(each_pass_starts_with_the_same_buffers) {
  Counting model;
  const State before(model);
  const GradcheckResult result = gradcheck(model, normals({4}, "x"));
  BOOST_TEST(result.passed, result.message);
  BOOST_TEST((State(model) == before));
}

BOOST_AUTO_TEST_CASE(tied_parameters_are_one) {
  struct Tied : Module {
    Variable forward(const Variable& x) override { return x * first + square(x) * second; }
    void visit(Visitor& visitor) override {
      visitor.parameter("first", first);
      visitor.parameter("second", second);
    }
    Variable first{Tensor::full({3}, 0.3), true};
    Variable second = first;
  };
  Tied model;
  const GradcheckResult result = gradcheck(model, normals({2, 3}, "x"));
  BOOST_TEST(result.passed, result.message);
  BOOST_TEST(model.first.identity() == model.second.identity());
  BOOST_TEST((model.second.dtype() == DType::float32));
}

BOOST_AUTO_TEST_CASE(frozen_parameters_are_constants) {
  Sequential model(Scale(0), Linear(3, 2, {}, Generator(1)));
  parameters(model)[0].parameter->set_requires_grad(false);
  const GradcheckResult result = gradcheck(model, normals({2, 3}, "x"));
  BOOST_TEST(result.passed, result.message);
  BOOST_TEST(!parameters(model)[0].parameter->requires_grad());
}

BOOST_AUTO_TEST_CASE(an_exception_leaves_the_module_as_it_was) {
  Sequential model(Linear(4, 3, {}, Generator(1)), BatchNorm1d(3), Dropout(0.5, Generator(2)),
                   [](const Variable& x) -> Variable {
                     if (NoGrad::active()) throw ValueError("[probe] in a difference");
                     return x;
                   });
  const State before(model);
  BOOST_CHECK_EXCEPTION(gradcheck(model, normals({5, 4}, "x")), ValueError,
                        says("in a difference"));
  BOOST_TEST((State(model) == before));
}

BOOST_AUTO_TEST_CASE(large_tensors_are_checked_in_part) {
  const auto calls = [](std::int64_t elements) {
    Scale model(1);
    model.scale = Variable(Tensor::full({20, 10}, 0.5), true);
    const GradcheckResult result =
        gradcheck(model, normals({2, 20, 10}, "x"), {.elements = elements});
    BOOST_TEST(result.passed, result.message);
    return model.calls;
  };
  // Two passes for the gradients, and two for each element of the scale and of the input.
  BOOST_TEST(calls(7) == 2 + 2 * 2 * 7);
  BOOST_TEST(calls(0) == 2 + 2 * (200 + 400));
  Scale wrong(1.01);
  wrong.scale = Variable(Tensor::full({20, 10}, 0.5), true);
  BOOST_TEST(!gradcheck(wrong, normals({2, 20, 10}, "x"), {.elements = 7}).passed);
}

BOOST_AUTO_TEST_CASE(a_difference_across_a_kink_is_taken_again) {
  Sequential model(Activation::relu());
  const GradcheckResult result = gradcheck(model, Tensor::from<double>({3}, {4e-6, -3e-6, 1}));
  BOOST_TEST(result.passed, result.message);
}

BOOST_AUTO_TEST_CASE(a_function_of_several_inputs_calls_the_module) {
  Sequential model(Linear(4, 3, {}, Generator(1)), BatchNorm1d(3));
  const std::vector<Tensor> inputs{normals({5, 4}, "x"), normals({5, 3}, "target")};
  const GradcheckResult result = gradcheck(model, inputs, [&](const std::vector<Variable>& v) {
    return mean(square(model(v[0]) - v[1]));
  });
  BOOST_TEST(result.passed, result.message);
  const GradcheckResult wrong = gradcheck(model, inputs, [&](const std::vector<Variable>& v) {
    return mean(square(model(v[0]) - v[1].detach()));
  });
  BOOST_TEST(!wrong.passed);
  BOOST_TEST(contains(wrong.message, "the gradient of input 1 at ["), wrong.message);
}

BOOST_AUTO_TEST_CASE(what_cannot_be_checked_is_refused) {
  Sequential model(Linear(4, 3, {}, Generator(1)));
  BOOST_CHECK_EXCEPTION(gradcheck(model, Tensor::from<std::int64_t>({1}, {1})), Error,
                        says("inputs must be float32 or float64, not int64"));
  struct Unlisted : Module {
    Variable forward(const Variable& x) override { return x * scale; }
    Variable scale{Tensor::full({3}, 0.3), true};
  };
  Unlisted unlisted;
  BOOST_CHECK_EXCEPTION(gradcheck(unlisted, normals({3}, "x")), ShapeError,
                        says("operands must share element type"));
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace credence::nn
