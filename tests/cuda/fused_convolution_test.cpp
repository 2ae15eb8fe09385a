// Tests of convolutions with a bias and ReLU in one kernel.
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

// The weight starts at an address that kernels with 128-bit loads cannot use.
template <class T>
Tensor run(const ConvolutionShape& s, const Operands& in, bool bias, bool relu) {
  const auto there = [](const Tensor& x) { return x.to(dtype_of<T>).to(Device::cuda); };
  const Tensor x = there(in.x);
  const Tensor buffer = Tensor::zeros({s.weight_numel() + 1}, dtype_of<T>, Device::cuda);
  const Tensor weight = buffer.slice(1, s.weight_numel() + 1);
  weight.copy_from(there(in.weight));
  const Tensor all_biases = there(in.bias);
  const Tensor y = Tensor::zeros({s.output_numel()}, dtype_of<T>, Device::cuda);
  const pointwise::FusedActivation activation({pointwise::kEntry<pointwise::Relu>, {}});
  kernels<T>(Device::cuda)
      .convolution_forward(
          s, x, weight, {bias ? all_biases.data<T>() : nullptr, relu ? &activation : nullptr}, y);
  return y;
}

// All shapes with everything that may follow a convolution. The library has a kernel with an
// epilogue for some of them.
template <class T>
void check_all(double least, double most) {
  for (const ConvolutionShape& s : convolution_shapes()) {
    const Operands in = operands_of(s);
    for (const bool bias : {false, true}) {
      for (const bool relu : {false, true}) {
        const double difference =
            largest_difference(run<T>(s, in, bias, relu), expected(s, in, bias, relu));
        const std::string name = std::to_string(s.groups) + " groups, " +
                                 std::to_string(s.input[0]) + " deep" + (bias ? ", bias" : "") +
                                 (relu ? ", ReLU" : "");
        BOOST_TEST(difference >= least, name << ": " << difference);
        BOOST_TEST(difference <= most, name << ": " << difference);
      }
    }
  }
}

// A kernel of one pixel over an image of one pixel is a fully connected layer but for such padding.
BOOST_AUTO_TEST_CASE(a_window_beside_the_pixel_gives_the_bias) {
  if (no_device()) return;
  const ConvolutionShape s{
      .batch = 2, .in_channels = 3, .out_channels = 4, .stride = {1, 3, 3}, .padding = {0, 1, 1}};
  const Operands in = operands_of(s);
  const std::vector<double> y = run<float>(s, in, true, false).to(Device::cpu).to_vector<double>();
  const std::vector<double> bias = in.bias.to_vector<double>();
  for (std::size_t i = 0; i < y.size(); ++i) BOOST_TEST(y[i] == bias[i % 4]);
}

BOOST_AUTO_TEST_CASE(is_the_cpus_in_single_precision) {
  if (no_device()) return;
  check_all<float>(0, 4e-6);
}

BOOST_AUTO_TEST_CASE(is_the_cpus_in_double_precision) {
  if (no_device()) return;
  check_all<double>(0, 1e-12);
}

BOOST_AUTO_TEST_CASE(is_near_the_cpus_with_factors_in_bfloat16) {
  if (no_device()) return;
  set_precision(Precision::bf16);
  // The factors were rounded.
  check_all<float>(1e-5, 2e-2);
  set_precision(Precision::fp32);
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace
}  // namespace credence
