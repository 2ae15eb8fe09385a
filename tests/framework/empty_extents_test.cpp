// Tests of every op with each extent set to 0.
#include "tests/framework/empty_extents.hpp"

#include "framework/kernels/shapes.hpp"
#include "framework/ops/convolution.hpp"
#include "framework/ops/matmul.hpp"

namespace credence {

BOOST_AUTO_TEST_SUITE(empty_extents, *boost::unit_test::label("every_isa"))

namespace {

// The gradients of convolution(zeros(x), full(weight)), the seed all ones.
std::vector<Tensor> gradients(const Shape& x_shape, const Shape& weight_shape, DType dtype,
                              const ConvolutionOptions& options = {}) {
  const Variable x(Tensor::zeros(x_shape, dtype), true);
  const Variable weight(Tensor::full(weight_shape, 3, dtype), true);
  const Variable bias(Tensor::full({weight_shape[0]}, 2, dtype), true);
  const Variable y = convolution(x, weight, bias, options);
  y.backward(Tensor::full(y.shape(), 1, dtype));
  return {x.grad(), weight.grad(), bias.grad(), y.value()};
}

bool all_are(const Tensor& x, double wanted) {
  for (const double value : x.to_vector<double>()) {
    if (value != wanted) return false;
  }
  return true;
}

}  // namespace

BOOST_AUTO_TEST_CASE(every_op_refuses_them_or_gives_finite_results) {
  check_empty(framework_cases(), Device::cpu);
}

BOOST_AUTO_TEST_CASE(the_gradient_of_a_weight_that_met_no_image_is_zero) {
  for (const DType dtype : {DType::float32, DType::float64}) {
    for (const std::int64_t kernel : {5, 3, 1}) {
      const std::vector<Tensor> g = gradients({0, 6, 12, 12}, {16, 6, kernel, kernel}, dtype);
      BOOST_TEST((g[0].shape() == Shape{0, 6, 12, 12}));
      BOOST_TEST((g[1].shape() == Shape{16, 6, kernel, kernel}));
      BOOST_TEST(all_are(g[1], 0));
      BOOST_TEST(all_are(g[2], 0));
    }
  }
}

BOOST_AUTO_TEST_CASE(without_input_channels_or_pixels_a_convolution_is_its_bias) {
  for (const DType dtype : {DType::float32, DType::float64}) {
    for (const Shape& x : {Shape{2, 0, 4, 4}, Shape{2, 3, 0, 4}}) {
      const std::vector<Tensor> g = gradients(x, {5, x[1], 3, 3}, dtype, {.padding = 2});
      BOOST_TEST(g[3].numel() > 0);
      BOOST_TEST(all_are(g[3], 2));
      BOOST_TEST(all_are(g[1], 0));
      BOOST_TEST(all_are(g[2], static_cast<double>(g[3].numel() / 5)));
    }
    const Variable empty(Tensor::zeros({3, 0}, dtype));
    const Variable none(Tensor::zeros({0, 4}, dtype));
    BOOST_TEST((matmul(empty, none).shape() == Shape{3, 4}));
    BOOST_TEST(all_are(matmul(empty, none).value(), 0));
  }
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace credence
