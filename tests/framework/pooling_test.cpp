// Tests of pooling: kernels against the definition, gradients, PyTorch's values, NaN and
// infinities, and errors.
#include "framework/ops/pooling.hpp"

#include "framework/autograd/gradcheck.hpp"
#include "framework/dispatch/kernels.hpp"
#include "framework/nn/pooling.hpp"
#include "framework/ops/reduce.hpp"
#include "tests/framework/guarded_array.hpp"
#include "tests/framework/support.hpp"
#include "tests/reference/reference.hpp"

#include <cmath>
#include <limits>

#include <boost/test/unit_test.hpp>

namespace credence {

BOOST_AUTO_TEST_SUITE(pooling)

namespace {

using Variables = std::vector<Variable>;

constexpr double kInfinity = std::numeric_limits<double>::infinity();
constexpr double kNan = std::numeric_limits<double>::quiet_NaN();

PoolShape shape_of(std::int64_t planes, Extents3 input, Extents3 kernel, Extents3 stride,
                   Extents3 padding) {
  PoolShape s{planes, input, {}, kernel, stride, padding};
  for (std::size_t i = 0; i < 3; ++i) {
    s.output[i] = (input[i] + 2 * padding[i] - kernel[i]) / stride[i] + 1;
  }
  return s;
}

// 2×2 windows of rows shorter and longer than a vector, odd and even, and other windows.
std::vector<PoolShape> shapes() {
  std::vector<PoolShape> list;
  for (const std::int64_t width : {2, 3, 8, 10, 28, 31, 32, 33, 34, 67}) {
    list.push_back(shape_of(3, {1, 5, width}, {1, 2, 2}, {1, 2, 2}, {0, 0, 0}));
    list.push_back(shape_of(2, {1, 4, width}, {1, 3, 3}, {1, 2, 2}, {0, 1, 1}));
    list.push_back(shape_of(2, {1, 4, width}, {1, 2, 2}, {1, 1, 1}, {0, 1, 1}));
  }
  list.push_back(shape_of(2, {3, 6, 20}, {1, 2, 2}, {1, 2, 2}, {0, 0, 0}));
  list.push_back(shape_of(2, {4, 5, 19}, {2, 3, 4}, {2, 1, 3}, {1, 1, 2}));
  list.push_back(shape_of(2, {1, 1, 70}, {1, 1, 5}, {1, 1, 4}, {0, 0, 2}));
  list.push_back(shape_of(3, {1, 2, 1}, {1, 4, 3}, {1, 3, 2}, {0, 2, 1}));
  list.push_back(shape_of(5, {1, 7, 7}, {1, 7, 7}, {1, 7, 7}, {0, 0, 0}));
  list.push_back(shape_of(3, {2, 3, 5}, {2, 3, 5}, {1, 1, 1}, {0, 0, 0}));
  list.push_back(shape_of(1, {1, 3, 40}, {1, 2, 2}, {1, 3, 3}, {0, 0, 0}));
  list.push_back(shape_of(0, {1, 4, 4}, {1, 2, 2}, {1, 2, 2}, {0, 0, 0}));
  // Planes of which several fill a vector, fewer than that, and more.
  for (const auto& [height, width] :
       {std::pair{2, 2}, {2, 4}, {4, 2}, {4, 4}, {8, 8}, {2, 16}, {6, 6}, {3, 5}, {4, 5}}) {
    for (const std::int64_t planes : {1, 3, 4, 16, 37}) {
      list.push_back(shape_of(planes, {1, height, width}, {1, 2, 2}, {1, 2, 2}, {0, 0, 0}));
    }
  }
  list.push_back(shape_of(21, {1, 2, 2}, {1, 2, 2}, {1, 1, 1}, {0, 0, 0}));
  list.push_back(shape_of(21, {1, 3, 3}, {1, 2, 2}, {1, 3, 3}, {0, 0, 0}));
  list.push_back(shape_of(21, {1, 4, 4}, {1, 4, 4}, {1, 1, 1}, {0, 0, 0}));
  list.push_back(shape_of(9, {2, 4, 4}, {1, 2, 2}, {1, 2, 2}, {0, 0, 0}));
  return list;
}

struct Results {
  Tensor largest;
  Tensor index;
  Tensor grad_of_largest;
  Tensor average;
  Tensor grad_of_average;
};

template <class T>
Results run(const PoolShape& s, const Tensor& x, const Tensor& grad) {
  const Kernels<T>& k = kernels<T>(Device::cpu);
  const std::int64_t in_numel = s.planes * ConvolutionShape::volume(s.input);
  const std::int64_t out_numel = s.planes * ConvolutionShape::volume(s.output);
  const auto output = [](std::int64_t n) {
    const Tensor tensor = Tensor::empty({n}, dtype_of<T>);
    tensor.fill(-77);
    return tensor;
  };
  const Tensor image = x.to(dtype_of<T>);
  const Tensor grad_y = grad.to(dtype_of<T>);
  const Results r{output(out_numel), Tensor::zeros({out_numel}, DType::int32), output(in_numel),
                  output(out_numel), output(in_numel)};
  k.max_pool_forward(s, image.data<T>(), r.largest.data<T>(), r.index.data<std::int32_t>());
  k.max_pool_backward(s, grad_y.data<T>(), r.index.data<std::int32_t>(),
                      r.grad_of_largest.data<T>());
  k.average_pool_forward(s, image.data<T>(), r.average.data<T>());
  k.average_pool_backward(s, grad_y.data<T>(), r.grad_of_average.data<T>());
  return r;
}

// Normal numbers, rounded so that equal ones meet in a window.
Tensor image_of(const PoolShape& s) {
  const Tensor x = normals({s.planes * ConvolutionShape::volume(s.input)}, "image");
  for (std::int64_t i = 0; i < x.numel(); ++i) {
    x.data<double>()[i] = std::round(4 * x.data<double>()[i]) / 4;
  }
  return x;
}

Tensor grad_of(const PoolShape& s) {
  return normals({s.planes * ConvolutionShape::volume(s.output)}, "grad")
      .to(DType::float32)
      .to(DType::float64);
}

// The largest element of one 2×2 window and its index, by the float32 kernel.
std::pair<float, std::int32_t> largest_of(std::vector<double> window) {
  const PoolShape s = shape_of(1, {1, 2, 2}, {1, 2, 2}, {1, 2, 2}, {0, 0, 0});
  const Results r = run<float>(s, Tensor::from({4}, window), Tensor::zeros({1}, DType::float64));
  return {r.largest.data<float>()[0], r.index.data<std::int32_t>()[0]};
}

void check_gradient(const std::string& what, const Shape& shape,
                    const std::function<Variable(const Variable&)>& op) {
  const GradcheckResult result =
      gradcheck([&](const Variables& inputs) { return op(inputs[0]); }, {normals(shape, what)});
  BOOST_TEST(result.passed, what << ": " << result.message);
}

void check_reference(const std::string& name, const std::function<Variable(const Variable&)>& op) {
  const std::string failures =
      compare_with_reference(name, {"x"}, [&](const Variables& inputs) { return op(inputs[0]); });
  BOOST_TEST(failures == "");
}

}  // namespace

BOOST_AUTO_TEST_CASE(fast_kernels_agree_with_the_definition) {
  for (const PoolShape& s : shapes()) {
    const Tensor x = image_of(s);
    const Results expected = run<double>(s, x, grad_of(s));
    const Results actual = run<float>(s, x, grad_of(s));
    BOOST_TEST_CONTEXT("width " << s.input[2] << ", kernel " << s.kernel[2] << ", stride "
                                << s.stride[2] << ", padding " << s.padding[2]) {
      BOOST_TEST(same_bits(actual.largest.to(DType::float64), expected.largest));
      BOOST_TEST(same_bits(actual.index, expected.index));
      BOOST_TEST(largest_error(actual.grad_of_largest, expected.grad_of_largest) < 1e-6);
      BOOST_TEST(largest_error(actual.average, expected.average) < 1e-6);
      BOOST_TEST(largest_error(actual.grad_of_average, expected.grad_of_average) < 1e-6);
    }
  }
}

BOOST_AUTO_TEST_CASE(bits_do_not_depend_on_the_number_of_threads) {
  for (const PoolShape& s : {shape_of(301, {1, 28, 27}, {1, 2, 2}, {1, 2, 2}, {0, 0, 0}),
                             shape_of(9001, {1, 4, 4}, {1, 2, 2}, {1, 2, 2}, {0, 0, 0})}) {
    const Tensor x = image_of(s);
    BOOST_TEST(same_bits_with_threads([&] {
      const Results r = run<float>(s, x, grad_of(s));
      return std::vector<Tensor>{r.largest, r.index, r.grad_of_largest, r.average,
                                 r.grad_of_average};
    }));
  }
}

BOOST_AUTO_TEST_CASE(the_first_of_equal_elements_wins_and_a_nan_wins_over_all) {
  BOOST_TEST((largest_of({1, 3, 3, 2}) == std::pair<float, std::int32_t>(3.0F, 1)));
  BOOST_TEST((largest_of({-kInfinity, -kInfinity, -kInfinity, -kInfinity}) ==
              std::pair<float, std::int32_t>(-static_cast<float>(kInfinity), 0)));
  const auto [value, index] = largest_of({kNan, kInfinity, kNan, 5});
  BOOST_TEST(std::isnan(value));
  BOOST_TEST(index == 2);
}

BOOST_AUTO_TEST_CASE(an_image_of_minus_infinity_gives_the_first_element_of_each_window) {
  for (const PoolShape& s : shapes()) {
    const Tensor x = image_of(s);
    x.fill(-kInfinity);
    BOOST_TEST(same_bits(run<float>(s, x, grad_of(s)).index, run<double>(s, x, grad_of(s)).index));
  }
}

BOOST_AUTO_TEST_CASE(nothing_outside_the_arrays_is_touched) {
  using Floats = GuardedArray<float>;
  const Kernels<float>& k = kernels<float>(Device::cpu);
  for (const PoolShape& s : shapes()) {
    const std::int64_t in_numel = s.planes * ConvolutionShape::volume(s.input);
    const std::int64_t out_numel = s.planes * ConvolutionShape::volume(s.output);
    for (const auto guard : {Guard::before, Guard::after}) {
      const Floats x(in_numel, guard);
      const Floats y(out_numel, guard);
      const GuardedArray<std::int32_t> index(out_numel, guard);
      k.max_pool_forward(s, x.data(), y.data(), index.data());
      k.max_pool_backward(s, y.data(), index.data(), x.data());
      k.average_pool_forward(s, x.data(), y.data());
      k.average_pool_backward(s, y.data(), x.data());
    }
  }
}

BOOST_AUTO_TEST_CASE(a_nan_stays_in_its_windows) {
  for (const PoolShape& s : shapes()) {
    const Tensor x = image_of(s);
    if (x.numel() == 0) continue;
    x.data<double>()[x.numel() / 2] = kNan;
    x.data<double>()[x.numel() - 1] = -kInfinity;
    const Results expected = run<double>(s, x, grad_of(s));
    const Results actual = run<float>(s, x, grad_of(s));
    BOOST_TEST(same_bits(actual.index, expected.index));
    for (std::int64_t i = 0; i < expected.largest.numel(); ++i) {
      BOOST_TEST(std::isnan(actual.largest.data<float>()[i]) ==
                 std::isnan(expected.largest.data<double>()[i]));
      BOOST_TEST(std::isnan(actual.average.data<float>()[i]) ==
                 std::isnan(expected.average.data<double>()[i]));
    }
  }
}

// The function for the number of dimensions that x has beside N and C.
using Pool = Variable (*)(const Variable&, const PoolOptions&);
Variable pooled(const Pool (&pools)[3], const Variable& x, const PoolOptions& options) {
  return pools[x.shape().rank() - 3](x, options);
}
Variable max_pool(const Variable& x, const PoolOptions& options) {
  return pooled({&max_pool1d, &max_pool2d, &max_pool3d}, x, options);
}
Variable average_pool(const Variable& x, const PoolOptions& options) {
  return pooled({&average_pool1d, &average_pool2d, &average_pool3d}, x, options);
}

BOOST_AUTO_TEST_CASE(pooling_has_the_right_derivatives) {
  const auto max = [](const PoolOptions& options) {
    return [=](const Variable& x) { return max_pool(x, options); };
  };
  const auto average = [](const PoolOptions& options) {
    return [=](const Variable& x) { return average_pool(x, options); };
  };
  check_gradient("max 1d", {2, 3, 11}, max({.kernel = 3, .stride = 2, .padding = 1}));
  check_gradient("max 2d", {2, 3, 5, 6}, max({.kernel = 2}));
  check_gradient("max 2d overlapping", {2, 1, 6, 5}, max({.kernel = {3, 2}, .stride = 1}));
  check_gradient("max 3d", {1, 2, 4, 3, 5},
                 max({.kernel = 2, .stride = Spatial{1, 2, 2}, .padding = 1}));
  check_gradient("average 1d", {2, 3, 11}, average({.kernel = 3, .stride = 2, .padding = 1}));
  check_gradient("average 2d", {2, 3, 5, 6}, average({.kernel = 2}));
  check_gradient("average 2d apart", {2, 1, 7, 8}, average({.kernel = {2, 1}, .stride = 3}));
  check_gradient("average wider than the image", {1, 2, 2, 1},
                 average({.kernel = {4, 3}, .stride = 2, .padding = {2, 1}}));
  check_gradient("average 3d", {1, 2, 4, 3, 5},
                 average({.kernel = 2, .stride = Spatial{1, 2, 2}, .padding = 1}));
  check_gradient("global average", {2, 3, 4, 5}, &global_average_pool2d);
  check_gradient("max 2d dilated", {2, 2, 6, 7},
                 max({.kernel = {2, 3}, .stride = 2, .padding = 1, .dilation = 2}));
  check_gradient("max 2d ceil", {1, 2, 6, 7},
                 max({.kernel = 3, .stride = 2, .padding = 1, .ceil_mode = true}));
  check_gradient(
      "average 2d ceil", {1, 2, 6, 7},
      average(
          {.kernel = 3, .stride = 2, .padding = 1, .ceil_mode = true, .count_include_pad = false}));
  check_gradient("average 1d with a divisor", {2, 2, 7}, average({.kernel = 3, .divisor = -2}));
  check_gradient("adaptive average", {1, 2, 5, 7}, [](const Variable& x) {
    return adaptive_average_pool2d(x, {2, 3});
  });
  check_gradient("adaptive max", {1, 2, 5, 7}, [](const Variable& x) {
    return adaptive_max_pool2d(x, {2, 3});
  });
}

// The one window has as many elements as the image. It holds the first of its rows and padding.
BOOST_AUTO_TEST_CASE(a_window_of_the_images_size_may_lie_beside_it,
                     *boost::unit_test::label("every_isa")) {
  const PoolOptions options{.kernel = {1, 3}, .stride = Spatial{3, 1}, .padding = {0, 1}};
  const Variable x(Tensor::from<float>({1, 2, 3, 1}, {6, 1, 2, -3, 5, 7}), true);
  const Variable y = average_pool2d(x, options);
  BOOST_TEST((y.shape() == Shape{1, 2, 1, 1}));
  BOOST_TEST(y.value().to_vector<float>() == (std::vector<float>{2, -1}),
             boost::test_tools::per_element());
  y.backward(Tensor::from<float>({1, 2, 1, 1}, {3, 9}));
  BOOST_TEST(x.grad().to_vector<float>() == (std::vector<float>{1, 0, 0, 3, 0, 0}),
             boost::test_tools::per_element());
}

BOOST_AUTO_TEST_CASE(pooling_agrees_with_pytorch) {
  const auto check_max = [](const std::string& name, const PoolOptions& options) {
    check_reference(name, [&](const Variable& x) { return max_pool(x, options); });
  };
  check_max("max_pool1d", {.kernel = 3, .stride = 2, .padding = 1});
  check_max("max_pool2d", {.kernel = 2});
  check_max("max_pool2d_padded", {.kernel = 3, .stride = 2, .padding = 1});
  check_max("max_pool2d_overlapping", {.kernel = {3, 2}, .stride = 1});
  check_max("max_pool2d_apart", {.kernel = {2, 1}, .stride = Spatial{3, 4}});
  check_max("max_pool3d", {.kernel = 2, .stride = Spatial{1, 2, 2}, .padding = 1});
  check_max("max_pool2d_ties", {.kernel = 3, .stride = 2, .padding = 1});
  const auto check_average = [](const std::string& name, const PoolOptions& options) {
    check_reference(name, [&](const Variable& x) { return average_pool(x, options); });
  };
  check_average("average_pool1d", {.kernel = 3, .stride = 2, .padding = 1});
  check_average("average_pool2d", {.kernel = 2});
  check_average("average_pool2d_padded", {.kernel = {3, 2}, .stride = Spatial{2, 1}, .padding = 1});
  check_average("average_pool3d", {.kernel = {2, 3, 2}, .stride = 2, .padding = {1, 1, 0}});
  check_reference("global_average_pool", &global_average_pool2d);
}

BOOST_AUTO_TEST_CASE(the_options_of_windows_agree_with_pytorch) {
  const auto check_max = [](const std::string& name, auto pool, const PoolOptions& options) {
    check_reference(name, [&](const Variable& x) { return pool(x, options); });
  };
  check_max("max_pool1d_dilated", &max_pool1d,
            {.kernel = 3, .stride = 2, .padding = 1, .dilation = 2});
  check_max("max_pool2d_dilated", &max_pool2d,
            {.kernel = {2, 3}, .stride = 2, .padding = 1, .dilation = {2, 3}});
  check_max("max_pool2d_ceil", &max_pool2d, {.kernel = 3, .stride = 2, .ceil_mode = true});
  check_max("max_pool2d_ceil_padded", &max_pool2d,
            {.kernel = 2, .stride = 3, .padding = 1, .ceil_mode = true});
  check_max("max_pool3d_dilated_ceil", &max_pool3d,
            {.kernel = 2, .stride = 2, .dilation = 2, .ceil_mode = true});
  check_max("max_pool2d_unbatched", &max_pool2d, {.kernel = 2});
  check_max("average_pool2d_exclusive", &average_pool2d,
            {.kernel = 3, .stride = 2, .padding = 1, .count_include_pad = false});
  check_max("average_pool2d_ceil", &average_pool2d,
            {.kernel = 3, .stride = 2, .padding = 1, .ceil_mode = true});
  check_max(
      "average_pool2d_ceil_exclusive", &average_pool2d,
      {.kernel = {3, 2}, .stride = 2, .padding = 1, .ceil_mode = true, .count_include_pad = false});
  check_max("average_pool2d_divisor", &average_pool2d, {.kernel = 2, .divisor = 3});
  check_max("average_pool1d_unbatched", &average_pool1d, {.kernel = 3});
}

BOOST_AUTO_TEST_CASE(adaptive_pooling_agrees_with_pytorch) {
  check_reference("adaptive_average_pool1d",
                  [](const Variable& x) { return adaptive_average_pool1d(x, 4); });
  check_reference("adaptive_average_pool2d", [](const Variable& x) {
    return adaptive_average_pool2d(x, {3, 4});
  });
  check_reference("adaptive_average_pool2d_larger",
                  [](const Variable& x) { return adaptive_average_pool2d(x, 5); });
  check_reference("adaptive_average_pool3d", [](const Variable& x) {
    return adaptive_average_pool3d(x, {2, 3, 2});
  });
  check_reference("adaptive_max_pool2d", [](const Variable& x) {
    return adaptive_max_pool2d(x, {3, 4});
  });
  // Equal windows are those of an ordinary pooling, and one window is the whole image.
  const Variable x(normals({2, 3, 6, 8}, "x").to(DType::float32));
  const PoolOptions windows{.kernel = {2, 4}};
  BOOST_TEST(
      same_bits(adaptive_average_pool2d(x, {3, 2}).value(), average_pool2d(x, windows).value()));
  BOOST_TEST(same_bits(adaptive_max_pool2d(x, {3, 2}).value(), max_pool2d(x, windows).value()));
  BOOST_TEST(same_bits(adaptive_average_pool2d(x, 1).value(), global_average_pool2d(x).value()));
  nn::AdaptiveAveragePool2d average({3, 2});
  BOOST_TEST(same_bits(average(x).value(), average_pool2d(x, windows).value()));
  nn::AdaptiveMaxPool2d max({4, 5});
  BOOST_TEST((max(x).shape() == Shape{2, 3, 4, 5}));
  BOOST_CHECK_EXCEPTION(adaptive_average_pool2d(x, 0), ValueError,
                        says("output must be at least 1"));
}

// The first of equal elements and the last NaN, as where windows are not dilated.
BOOST_AUTO_TEST_CASE(dilated_windows_choose_as_others_do) {
  for (const DType dtype : {DType::float32, DType::float64}) {
    const Variable x(Tensor::from<double>({1, 1, 6}, {2, 7, 2, 7, kNan, 1}).to(dtype), true);
    const Variable y = max_pool1d(x, {.kernel = 2, .stride = 1, .dilation = 2});
    const std::vector<double> values = y.value().to_vector<double>();
    BOOST_TEST(values[0] == 2);
    BOOST_TEST(values[1] == 7);
    BOOST_TEST(std::isnan(values[2]));
    BOOST_TEST(values[3] == 7);
    y.backward(Tensor::from<double>({1, 1, 4}, {1, 10, 100, 1000}).to(dtype));
    BOOST_TEST(x.grad().to_vector<double>() == (std::vector<double>{1, 10, 0, 1000, 100, 0}),
               boost::test_tools::per_element());
  }
}

BOOST_AUTO_TEST_CASE(options_that_do_not_fit_are_refused) {
  const Variable x(Tensor::zeros({2, 3, 5, 5}));
  BOOST_CHECK_EXCEPTION(max_pool(x, {.kernel = 2, .padding = 2}), ValueError,
                        says("[max_pool2d] the padding must be at most half of the kernel: padding "
                             "2, kernel 2"));
  BOOST_CHECK_EXCEPTION(average_pool(x, {.kernel = 6}), ShapeError, says("[average_pool2d]"));
  BOOST_CHECK_EXCEPTION(max_pool(x, {.kernel = {2, 2, 2}}), ShapeError,
                        says("[max_pool2d] kernel"));
  BOOST_CHECK_EXCEPTION(max_pool(x, {.kernel = 2, .stride = 0}), ValueError, says("stride"));
  BOOST_CHECK_EXCEPTION(max_pool1d(Variable(Tensor::zeros({3})), {.kernel = 1}), ShapeError,
                        says("not the shape [3]"));
  BOOST_CHECK_EXCEPTION(max_pool(x, {.kernel = 2, .dilation = 0}), ValueError, says("dilation"));
  BOOST_CHECK_EXCEPTION(max_pool(x, {.kernel = 2, .divisor = 3}), ValueError,
                        says("[max_pool2d] count_include_pad and divisor are options of average"));
  BOOST_CHECK_EXCEPTION(average_pool(x, {.kernel = 2, .dilation = 2}), ValueError,
                        says("[average_pool2d] dilation is an option of max pooling"));
  BOOST_CHECK_EXCEPTION(average_pool(x, {.kernel = 2, .divisor = 0}), ValueError,
                        says("the divisor must not be 0"));
  BOOST_CHECK_EXCEPTION(max_pool(x, {.kernel = 9, .stride = 2, .ceil_mode = true}), ShapeError,
                        says("a window of 9 does not fit into an extent of 5"));
  BOOST_CHECK_EXCEPTION(global_average_pool2d(Variable(Tensor::zeros({2, 3, 0, 5}))), ShapeError,
                        says("[global_average_pool2d]"));
}

// By its rank alone, the shape could be read as three images of six lines; the name says which it
// is.
BOOST_AUTO_TEST_CASE(one_picture_is_not_taken_for_a_batch_of_lines) {
  const Variable picture(Tensor::zeros({3, 6, 6}));
  nn::MaxPool2d max({.kernel = 2});
  nn::AveragePool2d average({.kernel = 2});
  for (const Variable& y : {max_pool2d(picture, {.kernel = 2}), max(picture), average(picture),
                            average_pool2d(picture, {.kernel = 2})}) {
    BOOST_TEST((y.shape() == Shape{3, 3, 3}));
  }
  BOOST_TEST((global_average_pool2d(picture).shape() == Shape{3, 1, 1}));
  BOOST_TEST((max_pool1d(picture, {.kernel = 2}).shape() == Shape{3, 6, 3}));
  BOOST_CHECK_EXCEPTION(max_pool3d(Variable(Tensor::zeros({3, 6, 6})), {.kernel = 2}), ShapeError,
                        says("[max_pool3d] the input must be [N, C, D, H, W] or one image of it, "
                             "not the shape [3, 6, 6]"));
  BOOST_CHECK_EXCEPTION(max_pool2d(Variable(Tensor::zeros({6, 6})), {.kernel = 2}), ShapeError,
                        says("not the shape [6, 6]"));
}

BOOST_AUTO_TEST_CASE(batches_without_images_give_none, *boost::unit_test::label("every_isa")) {
  for (const DType dtype : {DType::float32, DType::float64}) {
    for (const Shape& shape : {Shape{0, 3, 6, 6}, Shape{2, 0, 6, 6}}) {
      for (const auto pool : {&max_pool2d, &average_pool2d}) {
        for (const PoolOptions& options :
             {PoolOptions{.kernel = 2}, PoolOptions{.kernel = 3, .stride = 1, .padding = 1}}) {
          const Variable x(Tensor::zeros(shape, dtype), true);
          const Variable y = pool(x, options);
          BOOST_TEST(y.value().numel() == 0);
          sum(y).backward();
          BOOST_TEST((x.grad().shape() == shape));
        }
      }
    }
  }
}

// A window that contains only padding has no largest element.
BOOST_AUTO_TEST_CASE(images_without_elements_have_no_largest_one) {
  const Variable x(Tensor::zeros({2, 3, 0, 6}));
  BOOST_CHECK_EXCEPTION(max_pool2d(x, {.kernel = 2, .padding = 1}), ShapeError,
                        says("[max_pool2d] an image without elements has no windows: input "
                             "[2, 3, 0, 6]"));
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace credence
