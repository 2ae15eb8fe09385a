// Tests of the device's kernels of several arrays against the CPU's, and of the steps that use
// them.
#include "bayes/elbo.hpp"
#include "bayes/estimator/flipout.hpp"
#include "bayes/joint_layers.hpp"
#include "bayes/layers/layers.hpp"
#include "bayes/posterior/gaussian.hpp"
#include "framework/device/account.hpp"
#include "framework/nn/activation.hpp"
#include "framework/nn/sequential.hpp"
#include "framework/ops/reduce.hpp"
#include "tests/cuda/agreement.hpp"

#include <map>

namespace credence {

BOOST_AUTO_TEST_SUITE(device_several_arrays)

namespace {

// More arrays than one kernel passes over. Some have no element, some more than one block takes.
std::vector<std::int64_t> sizes() {
  std::vector<std::int64_t> sizes{1, 0, 255, 4096, 4097, 9000};
  for (std::int64_t i = 0; i < 34; ++i) sizes.push_back(7 * i);
  return sizes;
}

Tensors arrays(std::uint64_t key) {
  Tensors all;
  std::uint64_t number = key;
  for (const std::int64_t n : sizes()) all.push_back(draws({n}, ++number));
  return all;
}

Tensors joined(Tensors first, const Tensors& second) {
  first.insert(first.end(), second.begin(), second.end());
  return first;
}

BOOST_AUTO_TEST_CASE(gradients_are_added_in_place) {
  if (no_device()) return;
  const std::size_t count = sizes().size();
  check_agreement("accumulate", joined(arrays(100), arrays(200)), 0,
                  [&]<class T>(const Kernels<T>& kernels, const Tensors& in) -> Tensors {
                    std::vector<Addition<T>> list;
                    Tensors sums;
                    for (std::size_t i = 0; i < count; ++i) {
                      sums.push_back(in[count + i].clone());
                      list.push_back({in[i].numel(), in[i].data<T>(), sums[i].data<T>()});
                    }
                    kernels.accumulate(list);
                    // What the CPU rounds to float32, too.
                    for (Tensor& sum : sums) sum = sum.to(DType::float32);
                    return sums;
                  });
}

BOOST_AUTO_TEST_CASE(weighted_sums_and_their_gradients_are_the_cpus) {
  if (no_device()) return;
  check_agreement("weighted_sum", {draws({3}, 1), draws({1}, 2)}, 1e-7,
                  [&]<class T>(const Kernels<T>& kernels, const Tensors& in) -> Tensors {
                    const Tensors out{Tensor::empty_like(in[1]), Tensor::empty_like(in[0])};
                    const T* const x = in[0].data<T>();
                    const WeightedScalars<T> scalars{{3, {x, x + 1, x + 2}}, {2, -0.1, 1e3}};
                    kernels.weighted_sum_forward(scalars, out[0]);
                    kernels.weighted_sum_backward(scalars, in[1], out[1]);
                    return out;
                  });
}

BOOST_AUTO_TEST_CASE(scaled_squares_and_their_gradients_are_the_cpus) {
  if (no_device()) return;
  const std::size_t count = sizes().size();
  check_agreement(
      "scaled squares", joined(joined(arrays(100), arrays(200)), arrays(300)), 1e-6,
      [&]<class T>(const Kernels<T>& kernels, const Tensors& in) -> Tensors {
        std::vector<ScaledSquare<T>> squares;
        std::vector<ScaledSquareGradient<T>> gradients;
        Tensors results;
        for (std::size_t i = 0; i < count; ++i) {
          const Tensor& a = in[i];
          const Tensor& x = in[count + i];
          for (int j = 0; j < 3; ++j) results.push_back(Tensor::zeros_like(a));
          const auto* const result = &results[3 * i];
          squares.push_back({a.numel(), a.data<T>(), x.data<T>(), result[0].template data<T>()});
          // Every third one is wanted for one operand alone.
          gradients.push_back({a.numel(), a.data<T>(), x.data<T>(),
                               in[2 * count + i].template data<T>(),
                               i % 3 == 1 ? nullptr : result[1].template data<T>(),
                               i % 3 == 2 ? nullptr : result[2].template data<T>()});
        }
        kernels.scaled_squares_forward(squares);
        kernels.scaled_squares_backward(gradients);
        return results;
      });
}

BOOST_AUTO_TEST_CASE(a_sum_over_several_arrays_and_its_gradients_are_the_cpus) {
  if (no_device()) return;
  check_agreement("log-sigmoid sum", joined(arrays(100), {draws({1}, 7)}), 1e-6,
                  []<class T>(const Kernels<T>& kernels, const Tensors& in) -> Tensors {
                    std::vector<Array<T>> list;
                    std::vector<SumGradient<T>> gradients;
                    Tensors results{Tensor::empty({}, in[0].dtype(), in[0].device())};
                    for (std::size_t i = 0; i + 1 < in.size(); ++i) {
                      results.push_back(Tensor::empty_like(in[i]));
                      list.push_back({in[i].numel(), in[i].template data<T>()});
                      gradients.push_back({in[i].numel(), in[i].template data<T>(),
                                           results.back().template data<T>()});
                    }
                    kernels.log_sigmoid_sum_forward(list, -0.5, results[0]);
                    kernels.log_sigmoid_sum_backward(gradients, -0.5, in.back());
                    return results;
                  });
}

// Posteriors of two classes, an estimator that needs no variances, and a layer without a bias.
nn::Sequential mixed_model() {
  return nn::Sequential{
      bayes::BayesianLinear(6, 5, {}, {}, Generator(1)),
      nn::Activation::softplus(),
      bayes::BayesianLinear(5, 5, {.bias = false}, bayes::Gaussian{}, Generator(2)),
      nn::Activation::softplus(),
      bayes::BayesianLinear(5, 4, {}, bayes::Gaussian{.log_variance = -4}, Generator(3)),
      bayes::BayesianLinear(4, 4, {}, {bayes::VariationalDropout{}, {}, bayes::Flipout{}},
                            Generator(4)),
      bayes::BayesianLinear(4, 3, {}, {}, Generator(5))};
}

// The gradients of one step of the objective, by the parameters' names.
std::map<std::string, Tensor> gradients(nn::Module& model, Device device, std::int64_t samples) {
  nn::move_to(model, device);
  const train::Batch batch{draws({8, 6}, 3).to(DType::float32).to(device),
                           Tensor::from<std::int64_t>({8}, {0, 1, 2, 2, 1, 0, 0, 1}).to(device)};
  bayes::Elbo{.samples = samples}(model, batch, {100}).total.backward();
  std::map<std::string, Tensor> gradients;
  for (const nn::NamedParameter& parameter : nn::parameters(model)) {
    gradients[parameter.name] = parameter.parameter->grad().clone();
  }
  return gradients;
}

BOOST_AUTO_TEST_CASE(a_step_whose_layers_are_computed_together_has_the_cpus_gradients) {
  if (no_device()) return;
  for (const std::int64_t samples : {1, 3}) {
    nn::Sequential on_host = mixed_model();
    nn::Sequential on_device = mixed_model();
    const auto expected = gradients(on_host, Device::cpu, samples);
    const auto actual = gradients(on_device, Device::cuda, samples);
    BOOST_TEST_REQUIRE(actual.size() == expected.size());
    for (const auto& [name, gradient] : expected) {
      BOOST_TEST(largest_difference(actual.at(name), gradient) < 2e-5, name);
    }
  }
}

// The variances belong to the step: a later pass sees the spread that it finds.
BOOST_AUTO_TEST_CASE(a_pass_after_the_step_computes_variances_of_its_own) {
  if (no_device()) return;
  nn::Sequential model = mixed_model();
  gradients(model, Device::cuda, 1);
  for (const bayes::NamedLayer& named : bayes::bayesian_layers(model)) {
    named.layer->set_relative_deviation(1e-6);
  }
  const Variable x(draws({8, 6}, 3).to(DType::float32).to(Device::cuda));
  const Tensor drawn = model.forward(x).value().clone();
  bayes::set_sampling(model, bayes::Sampling::mean);
  BOOST_TEST(largest_difference(drawn, model.forward(x).value()) < 1e-3);
}

BOOST_AUTO_TEST_CASE(divergences_that_are_one_op_have_the_sum_of_the_layers) {
  if (no_device()) return;
  nn::Sequential model = mixed_model();
  const double expected = bayes::kl_divergence(model).value().item();
  nn::move_to(model, Device::cuda);
  BOOST_TEST(bayes::kl_divergence(model).value().item() == expected,
             boost::test_tools::tolerance(1e-5));
}

// Of three layers of one kind: the kernels that stand for all of them.
BOOST_AUTO_TEST_CASE(a_step_has_one_kernel_for_all_variances_and_one_for_all_divergences) {
  if (no_device()) return;
  nn::Sequential model{
      bayes::BayesianLinear(6, 5, {}, {}, Generator(1)), nn::Activation::softplus(),
      bayes::BayesianLinear(5, 5, {}, {}, Generator(2)), nn::Activation::softplus(),
      bayes::BayesianLinear(5, 3, {}, {}, Generator(3))};
  gradients(model, Device::cuda, 1);
  std::map<std::string, int> nodes;
  {
    const device::Account account([&](const device::Call& call) { ++nodes[call.name]; });
    gradients(model, Device::cuda, 1);
  }
  for (const char* const name : {"scaled_squares", "scaled_squares backward", "log_sigmoid_sum",
                                 "log_sigmoid_sum of parts", "log_sigmoid_sum backward"}) {
    BOOST_TEST(nodes[name] == 1, name << ": " << nodes[name]);
  }
  // The means have two gradients each.
  BOOST_TEST(nodes["accumulate"] == 2);
  BOOST_TEST(nodes.count("add backward") == 0U);
}

}  // namespace

BOOST_AUTO_TEST_SUITE_END()

}  // namespace credence
