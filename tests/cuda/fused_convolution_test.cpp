// Tests of convolutions with a bias and ReLU in one kernel.
#include "framework/cuda/products.hpp"
#include "framework/device/precision.hpp"
#include "framework/dispatch/kernels.hpp"
#include "tests/cuda/agreement.hpp"
#include "tests/cuda/convolution_shapes.hpp"

#include <string>
#include <vector>

namespace credence {

BOOST_AUTO_TEST_SUITE(device_fused_convolution)

namespace {

struct Operands {
  Tensor x;
  Tensor weight;
  Tensor bias;
};

Operands operands_of(const ConvolutionShape& s) {
  return {draws({s.input_numel()}, 1), draws({s.weight_numel()}, 2), draws({s.out_channels}, 3)};
}

Tensor expected(const ConvolutionShape& s, const Operands& in, bool bias, bool relu) {
  const Tensor y = Tensor::empty({s.output_numel()}, DType::float64);
  kernels<double>(Device::cpu)
      .convolution_forward(s, in.x.data<double>(), in.weight.data<double>(),
                           {bias ? in.bias.data<double>() : nullptr}, y.data<double>());
  for (std::int64_t i = 0; relu && i < y.numel(); ++i) {
    y.data<double>()[i] = std::max(y.data<double>()[i], 0.0);
  }
  return y;
}

struct Result {
  bool finished;  ///< bias and ReLU are in it
  Tensor y;
};

// The weight starts at an address that kernels with 128-bit loads cannot use.
template <class T>
Result run(const ConvolutionShape& s, const Operands& in, bool bias, bool relu) {
  const auto there = [](const Tensor& x) { return x.to(dtype_of<T>).to(Device::cuda); };
  const Tensor x = there(in.x);
  const Tensor buffer = Tensor::zeros({s.weight_numel() + 1}, dtype_of<T>, Device::cuda);
  const Tensor weight = buffer.slice(1, s.weight_numel() + 1);
  weight.copy_from(there(in.weight));
  const Tensor all_biases = there(in.bias);
  const Tensor y = Tensor::zeros({s.output_numel()}, dtype_of<T>, Device::cuda);
  const bool finished = cuda::convolution<T>(
      s, x.data<T>(), weight.data<T>(), bias ? all_biases.data<T>() : nullptr, relu, y.data<T>());
  return {finished, y};
}

struct Case {
  std::string name;
  std::int64_t groups;
  bool asks_for_more;  ///< than the product
  bool finished;
  double difference;  ///< to the CPU's result, or to its product where that is not finished
};

// All shapes with everything that may follow a convolution.
template <class T>
std::vector<Case> all_cases() {
  std::vector<Case> cases;
  for (const ConvolutionShape& s : convolution_shapes()) {
    const Operands in = operands_of(s);
    for (const bool bias : {false, true}) {
      for (const bool relu : {false, true}) {
        const auto [finished, y] = run<T>(s, in, bias, relu);
        const Tensor wanted = expected(s, in, bias && finished, relu && finished);
        cases.push_back({std::to_string(s.groups) + " groups, " + std::to_string(s.input[0]) +
                             " deep" + (bias ? ", bias" : "") + (relu ? ", ReLU" : ""),
                         s.groups, bias || relu, finished, largest_difference(y, wanted)});
      }
    }
  }
  return cases;
}

BOOST_AUTO_TEST_CASE(is_the_cpus_or_says_that_it_is_the_product_alone) {
  if (no_device()) return;
  for (const Case& c : all_cases<float>()) {
#ifdef CREDENCE_EMULATED_CUDA
    BOOST_TEST(c.finished == (c.groups == 1 || !c.asks_for_more), c.name);
#else
    BOOST_TEST_MESSAGE(c.name << (c.finished ? ": finished" : ": not finished"));
#endif
    BOOST_TEST(c.difference <= 4e-6, c.name << ": " << c.difference);
  }
}

BOOST_AUTO_TEST_CASE(double_precision_is_the_product_alone) {
  if (no_device()) return;
  for (const Case& c : all_cases<double>()) {
    BOOST_TEST(c.finished == !c.asks_for_more, c.name);
    BOOST_TEST(c.difference <= 1e-12, c.name << ": " << c.difference);
  }
}

BOOST_AUTO_TEST_CASE(factors_in_bfloat16_are_always_finished) {
  if (no_device()) return;
  set_precision(Precision::bf16);
  for (const Case& c : all_cases<float>()) {
    BOOST_TEST(c.finished, c.name);
    BOOST_TEST(c.difference < 2e-2, c.name << ": " << c.difference);
    // The factors were rounded.
    BOOST_TEST(c.difference > 1e-5, c.name << ": " << c.difference);
  }
  set_precision(Precision::fp32);
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace
}  // namespace credence
