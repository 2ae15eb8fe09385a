// Tests of the errors of the float32 kernels against the definition in double precision, with the
// bounds of the table in docs/numerics.md. --log_level=message prints the errors.
#include "framework/dispatch/kernels.hpp"
#include "tests/framework/support.hpp"

#include <cmath>
#include <string>

#include <boost/test/unit_test.hpp>

namespace credence {

BOOST_AUTO_TEST_SUITE(kernel_accuracy, *boost::unit_test::label("every_isa"))

namespace {

// The root of the mean squared error, relative to the largest value.
double rms_error(const Tensor& actual, const Tensor& expected) {
  double squares = 0;
  double largest = 0;
  for (std::int64_t i = 0; i < expected.numel(); ++i) {
    const double wanted = expected.data<double>()[i];
    const double error = static_cast<double>(actual.data<float>()[i]) - wanted;
    squares += error * error;
    largest = std::max(largest, std::abs(wanted));
  }
  return std::sqrt(squares / static_cast<double>(expected.numel())) / largest;
}

ConvolutionShape square_3x3(std::int64_t batch, std::int64_t channels, std::int64_t edge,
                            std::int64_t stride, std::int64_t dilation) {
  ConvolutionShape s;
  s.batch = batch;
  s.in_channels = channels;
  s.out_channels = 16;
  s.input = {1, edge, edge};
  s.kernel = {1, 3, 3};
  s.stride = {1, stride, stride};
  s.padding = {0, dilation, dilation};
  s.dilation = {1, dilation, dilation};
  s.output = {1, (edge - 1) / stride + 1, (edge - 1) / stride + 1};
  return s;
}

// The forward pass and the gradients of data and weight of normal operands.
template <class T>
std::vector<Tensor> passes(const ConvolutionShape& s) {
  const Tensor x = normals({s.input_numel()}, "x").to(dtype_of<T>);
  const Tensor w = normals({s.weight_numel()}, "w").to(dtype_of<T>);
  const Tensor g = normals({s.output_numel()}, "g").to(dtype_of<T>);
  const std::vector<Tensor> results{Tensor::empty({s.output_numel()}, dtype_of<T>),
                                    Tensor::empty({s.input_numel()}, dtype_of<T>),
                                    Tensor::empty({s.weight_numel()}, dtype_of<T>)};
  const Kernels<T>& k = kernels<T>(Device::cpu);
  k.convolution_forward(s, x.data<T>(), w.data<T>(), {}, results[0].data<T>());
  k.convolution_backward_data(s, g.data<T>(), w.data<T>(), results[1].data<T>());
  k.convolution_backward_weight(s, x.data<T>(), g.data<T>(), results[2].data<T>());
  return results;
}

// Stride 1, and a padding that keeps the size.
ConvolutionShape square(std::int64_t batch, std::int64_t in, std::int64_t out, std::int64_t edge,
                        std::int64_t kernel) {
  ConvolutionShape s;
  s.batch = batch;
  s.in_channels = in;
  s.out_channels = out;
  s.input = {1, edge, edge};
  s.kernel = {1, kernel, kernel};
  s.padding = {0, kernel / 2, kernel / 2};
  s.output = s.input;
  return s;
}

void check(const std::string& kernel, double error, double bound) {
  BOOST_TEST_MESSAGE(kernel << ": " << error);
  BOOST_TEST(error < bound, kernel << ": " << error << ", bound " << bound);
}

void check_convolution(const std::string& name, const ConvolutionShape& s, double bound) {
  const std::vector<Tensor> actual = passes<float>(s);
  const std::vector<Tensor> expected = passes<double>(s);
  const char* const names[] = {"forward", "gradient of the data", "gradient of the weight"};
  for (std::size_t i = 0; i < actual.size(); ++i) {
    check(name + ", " + names[i], rms_error(actual[i], expected[i]), bound);
  }
}

}  // namespace

BOOST_AUTO_TEST_CASE(convolutions_of_256_channels) {
  check_convolution("dilation 2", square_3x3(2, 256, 12, 1, 2), 2e-7);
  check_convolution("stride 2", square_3x3(2, 256, 12, 2, 1), 2e-7);
  check_convolution("1 × 1", square(2, 256, 32, 12, 1), 2e-7);
  check_convolution("5 × 5", square(2, 256, 32, 12, 5), 2e-7);
  check_convolution("Winograd, tiles of 4", square_3x3(2, 256, 12, 1, 1), 1e-6);
  check_convolution("Winograd, tiles of 2", square_3x3(64, 256, 2, 1, 1), 4e-7);
}

BOOST_AUTO_TEST_CASE(a_kernel_for_each_channel) {
  ConvolutionShape s = square(16, 16, 16, 28, 3);
  s.groups = 16;
  check_convolution("depthwise", s, 2e-7);
}

BOOST_AUTO_TEST_CASE(products) {
  for (const std::int64_t k : {256, 2304, 65536}) {
    const auto product = [&]<class T>(T) {
      const Tensor a = normals({20 * k}, "a").to(dtype_of<T>);
      const Tensor b = normals({k * 40}, "b").to(dtype_of<T>);
      const Tensor c = Tensor::empty({20 * 40}, dtype_of<T>);
      kernels<T>(Device::cpu).matmul(20, 40, k, a.data<T>(), k, 1, b.data<T>(), 40, 1, c.data<T>());
      return c;
    };
    check("matmul, sums of " + std::to_string(k), rms_error(product(0.0F), product(0.0)), 2e-7);
  }
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace credence
