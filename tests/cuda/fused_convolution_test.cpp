// Convolutions with a bias and ReLU in one go.
#include "framework/cuda/precision.hpp"
#include "framework/cuda/products.hpp"
#include "tests/cuda/agreement.hpp"
#include "tests/cuda/convolution_shapes.hpp"

#include <string>

namespace credence {
namespace {

constexpr double kUntouched = 77;

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
  bool fused;
  Tensor y;
};

// The weight begins where kernels that read 128 bits at a time cannot take it.
template <class T>
Result run(const ConvolutionShape& s, const Operands& in, bool bias, bool relu) {
  const auto there = [](const Tensor& x) { return x.to(dtype_of<T>).to(Device::cuda); };
  const Tensor x = there(in.x);
  const Tensor buffer = Tensor::zeros({s.weight_numel() + 1}, dtype_of<T>, Device::cuda);
  const Tensor weight = buffer.slice(1, s.weight_numel() + 1);
  weight.copy_from(there(in.weight));
  const Tensor all_biases = there(in.bias);
  const Tensor y = Tensor::full({s.output_numel()}, kUntouched, dtype_of<T>, Device::cuda);
  const bool fused = cuda::convolution_fused<T>(
      s, x.data<T>(), weight.data<T>(), bias ? all_biases.data<T>() : nullptr, relu, y.data<T>());
  return {fused, y};
}

// Calls check(shape, result, expected, name) for all shapes and all that may follow a convolution.
template <class T, class Check>
void for_each_case(Check check) {
  for (const ConvolutionShape& s : convolution_shapes()) {
    const Operands in = operands_of(s);
    for (const bool bias : {false, true}) {
      for (const bool relu : {false, true}) {
        const std::string name = std::to_string(s.groups) + " groups, " +
                                 std::to_string(s.input[0]) + " deep" + (bias ? ", bias" : "") +
                                 (relu ? ", ReLU" : "");
        check(s, run<T>(s, in, bias, relu), expected(s, in, bias, relu), name);
      }
    }
  }
}

void check_untouched(const Tensor& y, const std::string& name) {
  const std::vector<double> untouched(static_cast<std::size_t>(y.numel()), kUntouched);
  BOOST_TEST((y.to_vector<double>() == untouched), name);
}

BOOST_AUTO_TEST_SUITE(device_fused_convolution)

BOOST_AUTO_TEST_CASE(is_the_cpus_or_says_that_it_did_nothing) {
  if (no_device()) return;
  for_each_case<float>([](const ConvolutionShape& s, const Result& result, const Tensor& y,
                          const std::string& name) {
#ifdef CREDENCE_EMULATED_CUDA
    BOOST_TEST(result.fused == (s.groups == 1), name);
#else
    static_cast<void>(s);
    BOOST_TEST_MESSAGE(name << (result.fused ? ": fused" : ": not fused"));
#endif
    if (!result.fused) {
      check_untouched(result.y, name);
      return;
    }
    const double difference = largest_difference(result.y, y);
    BOOST_TEST(difference <= 4e-6, name << ": " << difference);
  });
}

BOOST_AUTO_TEST_CASE(double_precision_is_never_fused) {
  if (no_device()) return;
  for_each_case<double>(
      [](const ConvolutionShape&, const Result& result, const Tensor&, const std::string& name) {
        BOOST_TEST(!result.fused, name);
        check_untouched(result.y, name);
      });
}

BOOST_AUTO_TEST_CASE(factors_in_bfloat16_are_always_fused) {
  if (no_device()) return;
  cuda::set_precision(cuda::Precision::bf16);
  for_each_case<float>(
      [](const ConvolutionShape&, const Result& result, const Tensor& y, const std::string& name) {
        BOOST_TEST(result.fused, name);
        const double difference = largest_difference(result.y, y);
        BOOST_TEST(difference < 2e-2, name << ": " << difference);
        // It did round.
        BOOST_TEST(difference > 1e-5, name << ": " << difference);
      });
  cuda::set_precision(cuda::Precision::fp32);
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace
}  // namespace credence
