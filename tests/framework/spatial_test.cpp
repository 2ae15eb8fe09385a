// Tests of sizes, strides, paddings and dilations that are too large: they are refused before they
// are multiplied.
#include "framework/ops/spatial.hpp"

#include "framework/base/error.hpp"
#include "framework/ops/convolution.hpp"
#include "framework/ops/pooling.hpp"
#include "tests/framework/support.hpp"

#include <limits>

#include <boost/test/unit_test.hpp>

namespace credence {

BOOST_AUTO_TEST_SUITE(spatial)

namespace {

constexpr std::int64_t kHuge = std::int64_t{1} << 62;
constexpr std::int64_t kMost = std::numeric_limits<std::int64_t>::max();

Variable zeros(const Shape& shape, DType dtype) { return Variable(Tensor::zeros(shape, dtype)); }

}  // namespace

BOOST_AUTO_TEST_CASE(convolutions_refuse_what_cannot_be_counted) {
  for (const DType dtype : {DType::float32, DType::float64}) {
    const Variable x = zeros({1, 1, 4, 4}, dtype);
    const Variable w = zeros({1, 1, 2, 2}, dtype);
    BOOST_CHECK_THROW(convolution(x, zeros({1, 1, 0, 2}, dtype), {}), ShapeError);
    BOOST_CHECK_THROW(convolution(zeros({2, 2, 4}, dtype), zeros({2, 2, 0}, dtype), {}),
                      ShapeError);
    BOOST_CHECK_THROW(convolution(x, zeros({1, 1, 5, 5}, dtype), {}, {.dilation = kHuge}),
                      ValueError);
    BOOST_CHECK_THROW(convolution(x, w, {}, {.stride = kHuge, .padding = kHuge / 2}), ValueError);
    BOOST_CHECK_THROW(convolution(x, w, {}, {.padding = kMost}), ValueError);
    BOOST_CHECK_THROW(convolution(x, w, {}, {.padding = -1}), ValueError);
    BOOST_CHECK_THROW(convolution(x, w, {}, {.dilation = 0}), ValueError);
    // Larger than any memory.
    BOOST_CHECK_THROW(convolution(x, w, {}, {.padding = 2147483647}), Error);
    BOOST_CHECK_THROW(convolution(zeros({0, 1, kMost, 1}, dtype), w, {}, {.padding = 3}),
                      ShapeError);
    BOOST_CHECK_THROW(convolution(zeros({0, 1, kHuge, 1}, dtype), w, {}, {.padding = 3}), Error);
    BOOST_CHECK_THROW(convolution(x, zeros({0, 1, kHuge, 1}, dtype), {}, {.dilation = 4}),
                      ShapeError);
  }
}

BOOST_AUTO_TEST_CASE(pooling_refuses_what_cannot_be_counted) {
  for (const DType dtype : {DType::float32, DType::float64}) {
    const Variable x = zeros({1, 1, 4, 4}, dtype);
    for (const auto& pool : {&max_pool2d, &average_pool2d}) {
      BOOST_CHECK_THROW(pool(x, {.kernel = kMost}), ValueError);
      BOOST_CHECK_THROW(pool(x, {.kernel = kMost, .padding = kMost / 2}), ValueError);
      BOOST_CHECK_THROW(pool(x, {.kernel = 0}), ValueError);
      BOOST_CHECK_THROW(pool(x, {.kernel = 2, .stride = 0}), ValueError);
      BOOST_CHECK_THROW(pool(x, {.kernel = 2, .stride = kHuge}), ValueError);
      BOOST_CHECK_THROW(pool(x, {.kernel = 2, .padding = kMost}), ValueError);
      BOOST_CHECK_THROW(pool(zeros({1, 1, 0, 4}, dtype), {.kernel = 2, .padding = 1}), ShapeError);
    }
    for (const auto& pool : {&max_pool3d, &average_pool3d}) {
      BOOST_CHECK_THROW(
          pool(zeros({1, 1, 4, 4, 4}, dtype), {.kernel = 2147483647, .padding = 1073741823}),
          ShapeError);
    }
  }
}

BOOST_AUTO_TEST_CASE(a_window_far_larger_than_the_image_is_computed) {
  // PyTorch's avg_pool2d gives the sum of the image divided by the window's size, and max_pool2d
  // its maximum.
  for (const DType dtype : {DType::float32, DType::float64}) {
    const Variable x(Tensor::full({1, 1, 3, 3}, 2, dtype), true);
    const PoolOptions options{.kernel = 20001, .stride = 20001, .padding = 10000};
    const Variable y = average_pool2d(x, options);
    BOOST_TEST((y.shape() == Shape{1, 1, 1, 1}));
    BOOST_TEST(y.value().item() == 18.0 / 20001 / 20001, boost::test_tools::tolerance(1e-6));
    y.backward(Tensor::full(y.shape(), 1, dtype));
    for (const double value : x.grad().to_vector<double>()) {
      BOOST_TEST(value == 1.0 / 20001 / 20001, boost::test_tools::tolerance(1e-6));
    }
    BOOST_TEST(max_pool2d(x, options).value().item() == 2);
  }
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace credence
