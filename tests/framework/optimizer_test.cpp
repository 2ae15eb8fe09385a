// Tests of optimisers over the flat buffer: values, states, clipping as PyTorch's, and errors.
#include "framework/optim/optimizer.hpp"

#include "framework/base/error.hpp"
#include "framework/ops/arithmetic.hpp"
#include "framework/ops/reduce.hpp"
#include "tests/framework/training.hpp"
#include "tests/reference/reference.hpp"

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <memory>
#include <vector>

#include <boost/test/unit_test.hpp>

namespace credence::optim {

BOOST_AUTO_TEST_SUITE(optimizer)

namespace {

// Sizes that do not fill a vector: 15 and 3 elements, then 6 and 2.
nn::Sequential two_layers() {
  return nn::Sequential(nn::Linear(5, 3, {}, Generator(1)), nn::Activation::softplus(),
                        nn::Linear(3, 2, {}, Generator(2)));
}

void backward(nn::Module& model, std::string_view input = "x") {
  const Variable y = model(Variable(normals({4, 5}, input).to(DType::float32)));
  sum(y * y).backward();
}

void take_steps(nn::Module& model, Optimizer& optimizer, int count) {
  for (int i = 0; i < count; ++i) {
    optimizer.zero_grad();
    backward(model, "step" + std::to_string(optimizer.steps()));
    optimizer.step();
  }
}

const std::vector<Factory>& all_settings() {
  static const std::vector<Factory> settings{
      Sgd{.learning_rate = 0.01, .weight_decay = 0.1},
      Sgd{.learning_rate = 0.01, .momentum = 0.9, .nesterov = true},
      Adam{.learning_rate = 0.01, .weight_decay = 0.1},
      Adam{.learning_rate = 0.01, .weight_decay = 0.1, .decoupled_weight_decay = true},
      Sgd{.learning_rate = 0.01, .momentum = 0.9, .dampening = 0.5},
      Adam{.learning_rate = 0.01, .amsgrad = true}};
  return settings;
}

}  // namespace

BOOST_AUTO_TEST_CASE(parameters_move_into_one_buffer_with_their_values) {
  nn::Sequential model = two_layers();
  const std::vector<Tensor> before = parameter_values(model);
  const auto optimizer = make_optimizer(model, Adam{});
  BOOST_TEST(same_bits(parameter_values(model), before));
  const std::vector<nn::NamedParameter> parameters = nn::parameters(model);
  const Variable& first = *parameters[0].parameter;
  for (const nn::NamedParameter& p : parameters) {
    const Tensor& value = p.parameter->value();
    const Tensor& grad = p.parameter->grad();
    BOOST_TEST(value.shares_storage_with(first.value()));
    BOOST_TEST(grad.shares_storage_with(first.grad()));
    BOOST_TEST((grad.shape() == value.shape()));
    BOOST_TEST(reinterpret_cast<std::uintptr_t>(value.raw_data()) % kAlignment == 0U);
  }
  BOOST_TEST(!first.grad().shares_storage_with(first.value()));
}

BOOST_AUTO_TEST_CASE(a_step_changes_what_the_model_computes) {
  for (const Factory& settings : all_settings()) {
    nn::Sequential model = two_layers();
    const auto optimizer = make_optimizer(model, settings);
    const Variable x(normals({4, 5}, "x").to(DType::float32));
    const auto objective = [&] {
      const NoGrad no_grad;
      const Variable y = model(x);
      return sum(y * y).value().item();
    };
    const double before = objective();
    backward(model);
    BOOST_TEST(optimizer->steps() == 0);
    optimizer->step();
    BOOST_TEST(optimizer->steps() == 1);
    BOOST_TEST(objective() < before);
  }
}

BOOST_AUTO_TEST_CASE(gradients_add_up_until_they_are_set_to_zero) {
  nn::Sequential model = two_layers();
  const auto optimizer = make_optimizer(model, Sgd{});
  const Variable& bias = *nn::parameters(model)[3].parameter;
  backward(model);
  const float once = bias.grad().data<float>()[0];
  BOOST_TEST(once != 0.0F);
  backward(model);
  BOOST_TEST(bias.grad().data<float>()[0] == 2 * once);
  optimizer->zero_grad();
  for (const nn::NamedParameter& p : nn::parameters(model)) {
    for (const float g : p.parameter->grad().to_vector<float>()) BOOST_TEST(g == 0.0F);
  }
}

BOOST_AUTO_TEST_CASE(frozen_parameters_are_left_out) {
  nn::Sequential model = two_layers();
  Variable& frozen = *nn::parameters(model)[2].parameter;
  const Variable& trained = *nn::parameters(model)[3].parameter;
  frozen.set_requires_grad(false);
  const Tensor before = frozen.value().clone();
  const auto optimizer = make_optimizer(model, Adam{.weight_decay = 0.1});
  BOOST_TEST(!frozen.value().shares_storage_with(trained.value()));
  take_steps(model, *optimizer, 2);
  BOOST_TEST(same_bits(frozen.value(), before));
  BOOST_TEST(!frozen.grad().defined());
}

BOOST_AUTO_TEST_CASE(parameters_stay_usable_without_the_optimizer) {
  nn::Sequential model = two_layers();
  {
    const auto optimizer = make_optimizer(model, Adam{});
    take_steps(model, *optimizer, 1);
  }
  const std::vector<Tensor> before = parameter_values(model);
  backward(model);
  const auto next = make_optimizer(model, Sgd{});
  BOOST_TEST(same_bits(parameter_values(model), before));
  BOOST_TEST(nn::parameters(model)[0].parameter->grad().data<float>()[0] == 0.0F);
  take_steps(model, *next, 1);
  BOOST_TEST(!same_bits(parameter_values(model), before));
}

BOOST_AUTO_TEST_CASE(a_restored_state_continues_with_the_same_bits) {
  for (const Factory& settings : all_settings()) {
    nn::Sequential model = two_layers();
    const auto optimizer = make_optimizer(model, settings);
    take_steps(model, *optimizer, 3);
    const std::vector<Tensor> values = parameter_values(model);
    std::vector<NamedTensor> saved;
    for (const NamedTensor& part : optimizer->state()) {
      saved.push_back({part.name, part.tensor.clone()});
    }
    take_steps(model, *optimizer, 3);

    nn::Sequential other = two_layers();
    const auto restored = make_optimizer(other, settings);
    for (std::size_t i = 0; i < values.size(); ++i) {
      nn::parameters(other)[i].parameter->value().copy_from(values[i]);
    }
    const std::vector<NamedTensor> parts = restored->state();
    BOOST_REQUIRE(parts.size() == saved.size());
    for (std::size_t i = 0; i < parts.size(); ++i) {
      BOOST_TEST(parts[i].name == saved[i].name);
      parts[i].tensor.copy_from(saved[i].tensor);
    }
    BOOST_TEST(restored->steps() == 3);
    take_steps(other, *restored, 3);
    BOOST_TEST(same_bits(parameter_values(other), parameter_values(model)));
  }
}

BOOST_AUTO_TEST_CASE(elements_between_parameters_stay_zero) {
  for (const Factory& settings : all_settings()) {
    nn::Sequential model = two_layers();
    const auto optimizer = make_optimizer(model, settings);
    take_steps(model, *optimizer, 4);
    std::vector<nn::NamedParameter> parameters = nn::parameters(model);
    // Groups change the order in the buffer.
    std::sort(parameters.begin(), parameters.end(), [](const auto& a, const auto& b) {
      return a.parameter->value().raw_data() < b.parameter->value().raw_data();
    });
    for (const auto& of : {&Variable::value, &Variable::grad}) {
      for (std::size_t i = 0; i + 1 < parameters.size(); ++i) {
        const Tensor& tensor = (parameters[i].parameter->*of)();
        const float* end = (parameters[i + 1].parameter->*of)().data<float>();
        const float* padding = tensor.data<float>() + tensor.numel();
        BOOST_REQUIRE(padding < end);
        for (; padding < end; ++padding) BOOST_TEST(*padding == 0.0F);
      }
    }
  }
}

BOOST_AUTO_TEST_CASE(the_learning_rate_may_change) {
  nn::Sequential model = two_layers();
  const auto optimizer = make_optimizer(model, Sgd{.learning_rate = 0.5});
  BOOST_TEST(optimizer->learning_rate() == 0.5);
  optimizer->set_learning_rate(0);
  const std::vector<Tensor> before = parameter_values(model);
  take_steps(model, *optimizer, 1);
  BOOST_TEST(same_bits(parameter_values(model), before));
}

// The parameters after each step of PyTorch's optimisers (options.json).
BOOST_AUTO_TEST_CASE(options_of_the_optimizers_follow_pytorch) {
  class One : public nn::Module {
   public:
    Variable forward(const Variable& x) override { return x; }
    void visit(nn::Visitor& visitor) override { visitor.parameter("p", p); }
    Variable p{Tensor::zeros({19}), true};
  };
  const auto check = [](const std::string& name, const Factory& settings) {
    const Reference& expected = reference(name);
    One model;
    model.p.value().copy_from(expected.at("start").to(DType::float32));
    const auto optimizer = make_optimizer(model, settings);
    for (std::int64_t i = 0; i < expected.at("grads").shape()[0]; ++i) {
      model.p.grad().copy_from(
          expected.at("grads").slice(i, i + 1).reshape({19}).to(DType::float32));
      optimizer->step();
      const Tensor after = expected.at("parameters").slice(i, i + 1).reshape({19});
      BOOST_TEST(largest_error(model.p.value(), after) < 1e-6, name << ", step " << i + 1);
    }
  };
  check(
      "adam_amsgrad",
      Adam{
          .learning_rate = 0.05, .beta1 = 0.8, .beta2 = 0.9, .weight_decay = 0.1, .amsgrad = true});
  check("adam_maximize", Adam{.learning_rate = 0.05, .weight_decay = 0.1, .maximize = true});
  check("sgd_dampened",
        Sgd{.learning_rate = 0.05, .momentum = 0.9, .weight_decay = 0.1, .dampening = 0.4});
  check("sgd_maximize_plain", Sgd{.learning_rate = 0.05, .weight_decay = 0.1, .maximize = true});
}

// Numbers of torch.nn.utils.clip_grad_norm_ (PyTorch 2).
BOOST_AUTO_TEST_CASE(gradients_are_clipped_as_pytorch_clips_them) {
  class Two : public nn::Module {
   public:
    Variable forward(const Variable& x) override { return x; }
    void visit(nn::Visitor& visitor) override {
      visitor.parameter("a", a);
      visitor.parameter("b", b);
    }
    Variable a{Tensor::zeros({2, 2}), true};
    Variable b{Tensor::zeros({3}), true};
  };
  Two model;
  const auto optimizer = make_optimizer(model, Sgd{});
  const Tensor a = Tensor::from<float>({2, 2}, {1, -2, 3, -4});
  const Tensor b = Tensor::from<float>({3}, {5, 6, -7});
  const auto clip = [&](double max_norm) {
    model.a.grad().copy_from(a);
    model.b.grad().copy_from(b);
    BOOST_TEST(std::abs(optimizer->clip_gradient_norm(max_norm).item() - 11.832159996) < 1e-6);
  };
  clip(2.5);
  BOOST_TEST(largest_error(model.a.grad(),
                           Tensor::from<double>({2, 2}, {0.211288542, -0.422577083, 0.633865595,
                                                         -0.845154166})) < 1e-7);
  BOOST_TEST(largest_error(model.b.grad(), Tensor::from<double>({3}, {1.056442738, 1.267731190,
                                                                      -1.479019761})) < 2e-7);
  clip(100);
  BOOST_TEST(same_bits(model.a.grad(), a));
  BOOST_TEST(same_bits(model.b.grad(), b));
  model.a.grad().fill(NAN);
  BOOST_TEST(std::isnan(optimizer->clip_gradient_norm(1).item()));
  BOOST_TEST(same_bits(model.b.grad(), b));
}

// Squares of 1e20 overflow float32, and squares of 1e-30 underflow.
BOOST_AUTO_TEST_CASE(gradients_of_any_size_are_clipped, *boost::unit_test::label("every_isa")) {
  nn::Sequential model(nn::Linear(4, 25, {.bias = false}, Generator(1)));
  const auto optimizer = make_optimizer(model, Sgd{});
  const Variable& weight = *nn::parameters(model)[0].parameter;
  for (const double element : {1e20, 1e30, 1e-30}) {
    weight.grad().fill(element);
    // The norm of 100 equal elements.
    const double norm = optimizer->clip_gradient_norm(1e-3).item();
    BOOST_TEST(std::abs(norm / (10 * element) - 1) < 1e-6, norm);
    const double expected = element > 1 ? 1e-4 : element;
    for (const double value : weight.grad().to_vector<double>()) {
      BOOST_TEST(std::abs(value / expected - 1) < 1e-6, value);
    }
  }
}

// Adam's first step has the size of the learning rate for any gradient.
BOOST_AUTO_TEST_CASE(a_large_gradient_moves_a_parameter, *boost::unit_test::label("every_isa")) {
  for (const double element : {1.0, 1e20}) {
    nn::Sequential model(nn::Linear(4, 25, {.bias = false}, Generator(1)));
    const auto optimizer = make_optimizer(model, Adam{.learning_rate = 0.125});
    const Variable& weight = *nn::parameters(model)[0].parameter;
    weight.value().fill(1);
    weight.grad().fill(element);
    optimizer->step();
    for (const double value : weight.value().to_vector<double>()) {
      BOOST_TEST(std::abs(value - 0.875) < 1e-6, element << ": " << value);
    }
  }
}

BOOST_AUTO_TEST_CASE(clipping_gives_the_same_bits_with_any_number_of_threads) {
  BOOST_TEST(same_bits_with_threads([] {
    nn::Sequential model(nn::Linear(300, 400, {}, Generator(1)));
    const auto optimizer = make_optimizer(model, Sgd{});
    const Variable& weight = *nn::parameters(model)[0].parameter;
    weight.grad().copy_from(normals({400, 300}, "gradient").to(DType::float32));
    const Tensor norm = optimizer->clip_gradient_norm(1);
    return std::vector<Tensor>{norm, weight.grad().clone()};
  }));
}

BOOST_AUTO_TEST_CASE(what_cannot_be_trained_is_refused) {
  nn::Flatten none;
  const auto no_parameter = says("[optim] the module has no parameter that requires a gradient");
  BOOST_CHECK_EXCEPTION(make_optimizer(none, Adam{}), Error, no_parameter);
  nn::Sequential model = two_layers();
  for (const nn::NamedParameter& p : nn::parameters(model)) p.parameter->set_requires_grad(false);
  BOOST_CHECK_EXCEPTION(make_optimizer(model, Adam{}), Error, no_parameter);

  class Double : public nn::Module {
   public:
    Variable forward(const Variable& x) override { return x * weight; }
    void visit(nn::Visitor& visitor) override { visitor.parameter("weight", weight); }
    Variable weight{Tensor::zeros({2}, DType::float64), true};
  };
  Double wide;
  BOOST_CHECK_EXCEPTION(make_optimizer(wide, Adam{}), Error, says("must be float32: weight"));
}

BOOST_AUTO_TEST_CASE(settings_out_of_range_are_refused) {
  nn::Sequential model = two_layers();
  const std::vector<Factory> refused{Sgd{.learning_rate = -1},
                                     Sgd{.learning_rate = INFINITY},
                                     Sgd{.learning_rate = NAN},
                                     Sgd{.momentum = -0.1},
                                     Sgd{.weight_decay = -1},
                                     Sgd{.nesterov = true},
                                     Adam{.learning_rate = -1},
                                     Adam{.beta1 = 1},
                                     Adam{.beta1 = -0.1},
                                     Adam{.beta2 = 1},
                                     Adam{.beta2 = NAN},
                                     Adam{.epsilon = -1},
                                     Adam{.weight_decay = -1e-9},
                                     Sgd{.dampening = NAN},
                                     Sgd{.momentum = 0.5, .nesterov = true, .dampening = 0.1}};
  const std::vector<Tensor> before = parameter_values(model);
  for (const Factory& settings : refused) {
    BOOST_CHECK_EXCEPTION(make_optimizer(model, settings), ValueError, says("[optim] "));
  }
  BOOST_CHECK_EXCEPTION(make_optimizer(model, Adam{.beta1 = 1}), ValueError,
                        says("beta1 must be in [0, 1), not 1"));
  BOOST_TEST(!nn::parameters(model)[0].parameter->value().shares_storage_with(
      nn::parameters(model)[1].parameter->value()));
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace credence::optim
