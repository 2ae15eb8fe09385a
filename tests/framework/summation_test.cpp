// Tests of long sums. Their values are known in closed form, and a single running sum in float32
// would be wrong.
#include "framework/autograd/variable.hpp"
#include "framework/kernels/shapes.hpp"
#include "framework/ops/arithmetic.hpp"
#include "framework/ops/convolution.hpp"
#include "framework/ops/matmul.hpp"
#include "framework/ops/normalization.hpp"
#include "framework/ops/pooling.hpp"
#include "framework/ops/reduce.hpp"
#include "framework/ops/softmax.hpp"
#include "tests/framework/support.hpp"

#include <cmath>
#include <string>

#include <boost/test/unit_test.hpp>

namespace credence {

BOOST_AUTO_TEST_SUITE(summation, *boost::unit_test::label("every_isa"))

namespace {

const double kTenth = static_cast<double>(0.1F);

// Compares all elements of x with `wanted`, the sum of `terms` terms or a number in proportion to
// it.
void check_sum(const std::string& what, const Tensor& x, double wanted, double terms) {
  double error = 0;
  for (const double value : x.to_vector<double>()) {
    error = std::isfinite(value) ? std::max(error, std::abs(value / wanted - 1)) : INFINITY;
  }
  const double bound = 1e-6 * std::log2(terms);
  BOOST_TEST(error <= bound, what << ": relative error " << error << ", bound " << bound);
}

Variable tenths(const Shape& shape, bool requires_grad = false) {
  return Variable(Tensor::full(shape, kTenth, DType::float32), requires_grad);
}

Tensor ones(const Shape& shape) { return Tensor::full(shape, 1, DType::float32); }

// Checks the gradients of an op of x, weight and bias, which are all 0.1, for a seed of ones. Each
// element of the weight's gradient is the sum of 0.1 over `count` places, each of the bias's is the
// sum of 1.
void check_gradients(const std::string& what, const Shape& x_shape, const Shape& weight_shape,
                     const ConvolutionOptions& options = {}) {
  const Variable x = tenths(x_shape);
  const Variable weight = tenths(weight_shape, true);
  const Variable bias(Tensor::zeros({weight_shape[0]}, DType::float32), true);
  const Variable y =
      x_shape.rank() == 2 ? linear(x, weight, bias) : convolution(x, weight, bias, options);
  y.backward(Tensor::full(y.shape(), kTenth, DType::float32));
  const auto count = static_cast<double>(y.value().numel() / weight_shape[0]);
  check_sum(what + ", weight", weight.grad(), count * kTenth * kTenth, count);
  check_sum(what + ", bias", bias.grad(), count * kTenth, count);
}

}  // namespace

BOOST_AUTO_TEST_CASE(reductions_keep_the_digits_of_long_sums) {
  check_sum("mean over the first dimension",
            mean(Variable(Tensor::full({20000000, 2}, 1, DType::float32)), {0}).value(), 1, 2e7);
  const Variable x = tenths({60000, 4});
  check_sum("sum over the first dimension", sum(x, {0}).value(), 60000 * kTenth, 60000);
  check_sum("sum of all", sum(x).value(), 240000 * kTenth, 240000);
  check_sum("sum over the last dimension", sum(tenths({3, 1000000}), {1}).value(), 1000000 * kTenth,
            1e6);
  check_sum("sum over the middle", sum(tenths({4, 3000, 5}), {1}).value(), 3000 * kTenth, 3000);
  check_sum("sum over both ends", sum(tenths({700, 3, 800}), {0, 2}).value(), 560000 * kTenth,
            560000);
}

BOOST_AUTO_TEST_CASE(gradients_of_broadcast_operands_keep_the_digits) {
  const Variable x = tenths({100000, 3});
  const Variable bias(Tensor::zeros({3}, DType::float32), true);
  const Variable y = x + bias;
  y.backward(Tensor::full(y.shape(), kTenth, DType::float32));
  check_sum("add", bias.grad(), 100000 * kTenth, 100000);
}

BOOST_AUTO_TEST_CASE(products_keep_the_digits_of_long_sums) {
  for (const std::int64_t k : {std::int64_t{300}, std::int64_t{5000}, std::int64_t{1} << 20}) {
    for (const auto& [m, n] : {std::pair<int, int>{1, 1}, {3, 20}, {20, 3}, {13, 33}}) {
      const double wanted = static_cast<double>(k) * kTenth * kTenth;
      const std::string size =
          std::to_string(m) + " x " + std::to_string(k) + " x " + std::to_string(n);
      check_sum("matmul " + size, matmul(tenths({m, k}), tenths({k, n})).value(), wanted,
                static_cast<double>(k));
      check_sum("linear " + size, linear(tenths({m, k}), tenths({n, k}), {}).value(), wanted,
                static_cast<double>(k));
    }
  }
  check_gradients("linear", {100000, 3}, {5, 3});
}

BOOST_AUTO_TEST_CASE(convolutions_keep_the_digits_of_deep_sums) {
  // The algorithms are direct, packed, in lanes, and Winograd's.
  const auto forward = [](const Shape& x, const Shape& weight, const ConvolutionOptions& options) {
    const double terms = static_cast<double>(weight.numel_from(1));
    check_sum("convolution " + x.to_string() + weight.to_string(),
              convolution(tenths(x), tenths(weight), {}, options).value(), terms * kTenth * kTenth,
              terms);
  };
  forward({1, 4000, 5, 5}, {2, 4000, 5, 5}, {});
  forward({1, 4000, 7, 7}, {2, 4000, 3, 3}, {.stride = 2});
  forward({1, 200000, 3, 3}, {2, 200000, 2, 2}, {.stride = 2});
  forward({16, 100, 5, 3}, {5, 100, 2, 3}, {});
}

BOOST_AUTO_TEST_CASE(gradients_of_weights_keep_the_digits_of_large_batches) {
  check_gradients("direct", {3000, 1, 28, 28}, {2, 1, 5, 5});
  check_gradients("stride 2", {3000, 1, 29, 29}, {2, 1, 5, 5}, {.stride = 2});
  check_gradients("one large image", {1, 1, 700, 700}, {2, 1, 3, 3});
  check_gradients("lanes", {9600, 6, 12, 12}, {4, 6, 5, 5});
  check_gradients("Winograd", {1200, 16, 10, 10}, {17, 16, 3, 3});
  check_gradients("output lanes", {2000, 8, 13, 13}, {25, 8, 3, 3}, {.stride = 2});
  check_gradients("one vector of output lanes", {2000, 8, 12, 12}, {12, 8, 1, 1});
  check_gradients("depthwise", {3000, 2, 16, 21}, {2, 1, 3, 3}, {.groups = 2});
  check_gradients("depthwise, stride 2", {1, 2, 900, 700}, {2, 1, 5, 5},
                  {.stride = 2, .groups = 2});
  check_gradients("pixels", {30000, 3, 2, 2}, {2, 3, 1, 1});
}

BOOST_AUTO_TEST_CASE(normalisation_keeps_the_digits_of_large_batches) {
  // Channels of alternating 0 and 1: mean 1/2, biased variance 1/4, unbiased variance n / (4 (n -
  // 1)).
  for (const Shape& shape : {Shape{4000000, 2}, Shape{60000, 2, 8}, Shape{2, 2, 2000000}}) {
    const Tensor x = Tensor::empty(shape, DType::float32);
    const std::int64_t volume = shape.numel_from(2);
    for (std::int64_t i = 0; i < x.numel(); ++i) {
      x.data<float>()[i] = static_cast<float>((i / (volume == 1 ? 2 : 1)) % 2);
    }
    const Tensor mean_of = Tensor::zeros({2}, DType::float32);
    const Tensor variance_of = Tensor::zeros({2}, DType::float32);
    batch_norm(Variable(x), Variable(ones({2})), Variable(Tensor::zeros({2}, DType::float32)),
               mean_of, variance_of, {.training = true, .momentum = 1});
    const auto n = static_cast<double>(x.numel() / 2);
    check_sum("mean " + shape.to_string(), mean_of, 0.5, n);
    check_sum("variance " + shape.to_string(), variance_of, 0.25 * n / (n - 1), n);
  }
}

BOOST_AUTO_TEST_CASE(softmax_keeps_the_digits_of_long_rows) {
  const Tensor y = softmax(tenths({2, 1000000})).value();
  check_sum("softmax", y, 1e-6, 1e6);
}

BOOST_AUTO_TEST_CASE(pooling_keeps_the_digits_of_large_windows) {
  const Variable image = tenths({1, 1, 512, 512});
  check_sum("whole image", average_pool2d(image, {.kernel = 512}).value(), kTenth, 262144);
  check_sum("global", global_average_pool2d(image).value(), kTenth, 262144);
  check_sum("windows", average_pool2d(image, {.kernel = 511, .stride = 1}).value(), kTenth, 261121);
  const Variable x = tenths({1, 1, 120, 120}, true);
  // Each window of 100 x 100 contains the middle pixels.
  average_pool2d(x, {.kernel = 100, .stride = 1}).backward(ones({1, 1, 21, 21}));
  check_sum("gradient", x.grad().reshape({120, 120}).slice(60, 61).reshape({120}).slice(60, 61),
            441.0 / 10000, 441);
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace credence
