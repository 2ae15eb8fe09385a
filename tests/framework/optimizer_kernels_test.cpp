// Tests of the optimisers' kernels: steps against PyTorch, sizes, memory bounds and threads.
#include "framework/dispatch/kernels.hpp"
#include "tests/framework/support.hpp"
#include "tests/reference/reference.hpp"

#include <cmath>

#include <boost/test/unit_test.hpp>

namespace credence {

BOOST_AUTO_TEST_SUITE(optimizer_kernels)

namespace {

// A parameter tensor with two moments, which start at zero.
struct State {
  Tensor parameter;
  Tensor first;
  Tensor second;
  Tensor largest;
  bool amsgrad = false;

  explicit State(const Tensor& start)
      : parameter(start.clone()),
        first(Tensor::zeros_like(start)),
        second(Tensor::zeros_like(start)),
        largest(Tensor::zeros_like(start)) {}
};

struct AdamOptions {
  double beta1 = 0.9;
  double beta2 = 0.999;
  double epsilon = 1e-8;
  double weight_decay = 0;
  bool decoupled = false;
  bool amsgrad = false;
  bool maximize = false;
};

AdamStep adam_step(const AdamOptions& o, int step) {
  return {0.05,
          o.beta1,
          o.beta2,
          o.epsilon,
          o.weight_decay,
          o.decoupled,
          1 - std::pow(o.beta1, step),
          1 - std::pow(o.beta2, step),
          o.maximize};
}

template <class T>
void take_step(const AdamStep& step, const Tensor& grad, const State& state) {
  kernels<T>(Device::cpu)
      .adam_step(&step, grad.numel(), grad.data<T>(), state.parameter.data<T>(),
                 state.first.data<T>(), state.second.data<T>(),
                 state.amsgrad ? state.largest.data<T>() : nullptr);
}

template <class T>
void take_step(const SgdStep& step, const Tensor& grad, const State& state) {
  kernels<T>(Device::cpu)
      .sgd_step(&step, grad.numel(), grad.data<T>(), state.parameter.data<T>(),
                step.momentum == 0 ? nullptr : state.first.data<T>());
}

// Runs step_at(1), step_at(2), … along a case of the reference. Returns the largest error of the
// parameters.
template <class T, class StepAt>
double trajectory_error(const std::string& name, StepAt step_at, bool amsgrad) {
  const Reference& expected = reference(name);
  const Tensor grads = expected.at("grads").to(dtype_of<T>);
  const Tensor& parameters = expected.at("parameters");
  State state(expected.at("start").to(dtype_of<T>));
  state.amsgrad = amsgrad;
  double error = 0;
  for (std::int64_t i = 0; i < grads.shape()[0]; ++i) {
    take_step<T>(step_at(static_cast<int>(i) + 1), grads.slice(i, i + 1), state);
    error = std::max(error,
                     largest_error(state.parameter.reshape({1, -1}), parameters.slice(i, i + 1)));
  }
  return error;
}

template <class StepAt>
void check_trajectory(const std::string& name, StepAt step_at, bool amsgrad = false) {
  const double exact = trajectory_error<double>(name, step_at, amsgrad);
  const double single = trajectory_error<float>(name, step_at, amsgrad);
  BOOST_TEST(exact < 1e-10, name << " is off by " << exact);
  BOOST_TEST(single < 1e-6, name << " in float32 is off by " << single);
}

void check_adam(const std::string& name, const AdamOptions& options) {
  check_trajectory(
      name, [&](int step) { return adam_step(options, step); }, options.amsgrad);
}

void check_sgd(const std::string& name, const SgdStep& step) {
  check_trajectory(name, [&](int number) {
    SgdStep now = step;
    if (number == 1) now.dampening = 0;
    return now;
  });
}

// One step of every kind from the same state, for n elements.
template <class T>
std::vector<Tensor> steps(std::int64_t n) {
  const Tensor grad = normals({n}, "grad").to(dtype_of<T>);
  const Tensor start = normals({n}, "start").to(dtype_of<T>);
  std::vector<Tensor> results;
  const auto add = [&](const auto& step, bool amsgrad = false) {
    State state(start);
    state.amsgrad = amsgrad;
    take_step<T>(step, grad, state);
    take_step<T>(step, grad, state);
    for (const Tensor& x : {state.parameter, state.first, state.second, state.largest}) {
      results.push_back(x);
    }
  };
  add(adam_step({.weight_decay = 0.1}, 2));
  add(adam_step({.weight_decay = 0.1, .decoupled = true}, 2));
  add(adam_step({.weight_decay = 0.1, .maximize = true}, 2), true);
  add(SgdStep{0.05, 0, 0.1, false});
  add(SgdStep{0.05, 0.9, 0.1, false, 0.4, true});
  add(SgdStep{0.05, 0.9, 0.1, false});
  add(SgdStep{0.05, 0.9, 0.1, true});
  return results;
}

}  // namespace

BOOST_AUTO_TEST_CASE(adam_follows_pytorch) {
  check_adam("adam", {});
  check_adam("adam_weight_decay",
             {.beta1 = 0.8, .beta2 = 0.95, .epsilon = 1e-3, .weight_decay = 0.1});
  check_adam("adamw", {.weight_decay = 0.1, .decoupled = true});
  check_adam("adam_amsgrad", {.beta1 = 0.8, .beta2 = 0.9, .weight_decay = 0.1, .amsgrad = true});
  check_adam("adamw_amsgrad",
             {.beta1 = 0.8, .beta2 = 0.9, .weight_decay = 0.1, .decoupled = true, .amsgrad = true});
  check_adam("adam_maximize", {.weight_decay = 0.1, .maximize = true});
}

BOOST_AUTO_TEST_CASE(stochastic_gradient_descent_follows_pytorch) {
  check_sgd("sgd", {0.05, 0, 0, false});
  check_sgd("sgd_weight_decay", {0.05, 0, 0.1, false});
  check_sgd("sgd_momentum", {0.05, 0.9, 0.1, false});
  check_sgd("sgd_nesterov", {0.05, 0.8, 0, true});
  check_sgd("sgd_dampened", {0.05, 0.9, 0.1, false, 0.4});
  check_sgd("sgd_maximize", {0.05, 0.9, 0.1, false, 0, true});
  check_sgd("sgd_maximize_plain", {0.05, 0, 0.1, false, 0, true});
}

BOOST_AUTO_TEST_CASE(every_size_agrees_with_the_definition) {
  for (std::int64_t n = 1; n <= 40; ++n) {
    const std::vector<Tensor> expected = steps<double>(n);
    const std::vector<Tensor> actual = steps<float>(n);
    for (std::size_t i = 0; i < expected.size(); ++i) {
      const double error = largest_error(actual[i], expected[i]);
      BOOST_TEST(error < 1e-6, n << " elements, result " << i << ": " << error);
    }
  }
}

BOOST_AUTO_TEST_CASE(nothing_past_the_end_is_written) {
  const Tensor memory = Tensor::full({64}, 5);
  const std::int64_t n = 21;
  float* x = memory.data<float>();
  const Tensor grad = Tensor::full({n}, 1);
  const Tensor moment = Tensor::zeros({n});
  const AdamStep adam = adam_step({}, 1);
  const SgdStep sgd{0.05, 0.9, 0.1, true};
  kernels<float>(Device::cpu)
      .adam_step(&adam, n, grad.data<float>(), x, moment.data<float>(),
                 moment.clone().data<float>(), nullptr);
  kernels<float>(Device::cpu).sgd_step(&sgd, n, grad.data<float>(), x, moment.data<float>());
  for (std::int64_t i = 0; i < 64; ++i) BOOST_TEST((x[i] == 5.0F) == (i >= n));
}

BOOST_AUTO_TEST_CASE(bits_do_not_depend_on_the_number_of_threads) {
  BOOST_TEST(same_bits_with_threads([] { return steps<float>(70001); }));
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace credence
