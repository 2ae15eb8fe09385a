// Tests of the transposed convolution: gradients, PyTorch's values, and its definition.
#include "framework/ops/transposed_convolution.hpp"

#include "framework/autograd/gradcheck.hpp"
#include "framework/base/error.hpp"
#include "framework/ops/pointwise.hpp"
#include "tests/framework/activations.hpp"
#include "tests/framework/support.hpp"
#include "tests/reference/reference.hpp"

#include <algorithm>

#include <boost/test/unit_test.hpp>

namespace credence {

BOOST_AUTO_TEST_SUITE(transposed_convolution_op, *boost::unit_test::label("every_isa"))

namespace {

using Variables = std::vector<Variable>;
using Options = TransposedConvolutionOptions;

// Of x, weight and, where there is one, bias.
VariableFunction with(const Options& options) {
  return [=](const Variables& v) {
    return transposed_convolution(v[0], v[1], v.size() > 2 ? v[2] : Variable(), options);
  };
}

void check_gradient(const Shape& x, const Shape& weight, const VariableFunction& op,
                    std::int64_t groups = 1) {
  for (const bool bias : {false, true}) {
    std::vector<Tensor> inputs{normals(x, "x"), normals(weight, "weight")};
    if (bias) inputs.push_back(normals({weight[1] * groups}, "bias"));
    const GradcheckResult result = gradcheck(op, inputs);
    BOOST_TEST(result.passed, x.to_string() << " with " << weight.to_string() << ", bias " << bias
                                            << ": " << result.message);
  }
}

void check_reference(const std::string& name, const Options& options, bool bias = true) {
  const std::vector<std::string> inputs = bias ? std::vector<std::string>{"x", "weight", "bias"}
                                               : std::vector<std::string>{"x", "weight"};
  BOOST_TEST(compare_with_reference(name, inputs, with(options)) == "");
}

Variable zeros(const Shape& shape, DType dtype = DType::float32) {
  return Variable(Tensor::zeros(shape, dtype));
}

// The definition for two spatial dimensions, one group and equal settings in both: each element of
// x adds its multiple of the kernel to y.
Tensor definition(const Tensor& x, const Tensor& weight, std::int64_t extent, std::int64_t stride,
                  std::int64_t padding, std::int64_t dilation) {
  const Shape& s = x.shape();
  const Shape& w = weight.shape();
  const Tensor y = Tensor::zeros({s[0], w[1], extent, extent}, DType::float64);
  const double* pixel = x.data<double>();
  for (std::int64_t n = 0; n < s[0]; ++n) {
    for (std::int64_t c = 0; c < s[1]; ++c) {
      for (std::int64_t i = 0; i < s[2] * s[3]; ++i, ++pixel) {
        const double* factor = weight.data<double>() + c * w.numel_from(1);
        for (std::int64_t o = 0; o < w[1]; ++o) {
          for (std::int64_t k = 0; k < w[2] * w[3]; ++k, ++factor) {
            const std::int64_t row = i / s[3] * stride - padding + k / w[3] * dilation;
            const std::int64_t column = i % s[3] * stride - padding + k % w[3] * dilation;
            if (std::min(row, column) < 0 || std::max(row, column) >= extent) continue;
            y.data<double>()[((n * w[1] + o) * extent + row) * extent + column] += *pixel * *factor;
          }
        }
      }
    }
  }
  return y;
}

// y, and the gradients of x, weight and bias for a random gradient of y.
std::vector<Tensor> outcome(const std::vector<Tensor>& inputs, const Options& options,
                            DType dtype) {
  Variables variables;
  for (const Tensor& input : inputs) variables.emplace_back(input.to(dtype), true);
  const Variable y = with(options)(variables);
  y.backward(normals(y.shape(), "grad").to(dtype));
  std::vector<Tensor> results{y.value()};
  for (const Variable& variable : variables) results.push_back(variable.grad());
  return results;
}

struct Case {
  Shape x;
  Shape weight;
  std::int64_t stride;
  std::int64_t padding;
  std::int64_t output_padding;
  std::int64_t dilation;

  Options options() const { return {stride, padding, output_padding, dilation}; }
  std::vector<Tensor> inputs() const {
    return {normals(x, "x"), normals(weight, "weight"), normals({weight[1]}, "bias")};
  }
};

// For Winograd's algorithm, images in lanes, the direct and the packed algorithm and matrix
// products (framework/cpu/convolution/plan.hpp); the last two have output rows beyond the windows.
std::vector<Case> cases() {
  return {{{4, 32, 8, 8}, {32, 16, 3, 3}, 1, 1, 0, 1}, {{16, 16, 5, 5}, {16, 6, 5, 5}, 1, 0, 0, 1},
          {{2, 3, 9, 9}, {3, 5, 3, 3}, 1, 2, 0, 1},    {{3, 12, 7, 7}, {12, 5, 4, 4}, 2, 1, 0, 1},
          {{2, 3, 5, 5}, {3, 4, 3, 3}, 3, 1, 2, 1},    {{2, 3, 5, 5}, {3, 4, 3, 3}, 2, 5, 1, 3},
          {{6, 20, 1, 1}, {20, 10, 1, 1}, 1, 0, 0, 1}, {{6, 20, 1, 1}, {20, 10, 4, 4}, 1, 0, 0, 1},
          {{2, 3, 20, 20}, {3, 4, 3, 3}, 1, 0, 2, 3},  {{2, 3, 5, 5}, {3, 4, 2, 2}, 2, 0, 4, 5}};
}

}  // namespace

BOOST_AUTO_TEST_CASE(it_has_the_right_derivatives) {
  check_gradient({2, 3, 4}, {3, 4, 3}, with({}));
  check_gradient({2, 2, 4}, {2, 2, 3}, with({.stride = 3, .padding = 1, .output_padding = 2}));
  check_gradient({2, 2, 3, 4}, {2, 3, 3, 2}, with({}));
  check_gradient({1, 2, 3, 4}, {2, 2, 2, 3},
                 with({.stride = {2, 1},
                       .padding = {1, 0},
                       .output_padding = {0, 1},
                       .dilation = {1, 2},
                       .groups = 2}),
                 2);
  check_gradient({1, 3, 3, 3}, {3, 1, 3, 3}, with({.padding = 1, .groups = 3}), 3);
  check_gradient({1, 2, 2, 3, 2}, {2, 2, 2, 3, 2}, with({.stride = {1, 2, 1}, .padding = 1}));
}

BOOST_AUTO_TEST_CASE(an_activation_has_the_right_derivatives) {
  for (const pointwise::Function& function : all_activations()) {
    check_gradient({2, 2, 3, 2}, {2, 3, 2, 2}, [=](const Variables& v) {
      return transposed_convolution(v[0], v[1], v.size() > 2 ? v[2] : Variable(), {.stride = 2},
                                    function);
    });
  }
}

BOOST_AUTO_TEST_CASE(an_activation_gives_what_the_op_on_its_own_gives) {
  const Variable x(normals({2, 3, 4}, "x").to(DType::float32));
  const Variable weight(normals({3, 5, 3}, "weight").to(DType::float32));
  const Variable bias(normals({5}, "bias").to(DType::float32));
  for (const pointwise::Function& function : all_activations()) {
    BOOST_TEST(
        same_bits(transposed_convolution(x, weight, bias, {}, function).value(),
                  pointwise::apply(function, transposed_convolution(x, weight, bias)).value()));
  }
}

BOOST_AUTO_TEST_CASE(it_agrees_with_pytorch) {
  check_reference("conv_transpose1d", {});
  check_reference("conv_transpose1d_strided", {.stride = 3, .padding = 1, .output_padding = 2});
  check_reference("conv_transpose1d_dilated", {.padding = 2, .output_padding = 2, .dilation = 3});
  check_reference("conv_transpose2d", {});
  check_reference(
      "conv_transpose2d_strided",
      {.stride = {2, 1}, .padding = {1, 2}, .output_padding = {1, 1}, .dilation = {1, 2}});
  check_reference("conv_transpose2d_grouped", {.padding = 1, .groups = 2}, false);
  check_reference("conv_transpose2d_depthwise", {.stride = 2, .padding = 1, .groups = 3});
  check_reference("conv_transpose2d_1x1", {.stride = 2, .output_padding = 1});
  check_reference("conv_transpose3d", {});
  check_reference("conv_transpose3d_strided", {.stride = {2, 1, 3},
                                               .padding = {1, 0, 1},
                                               .output_padding = {1, 1, 2},
                                               .dilation = {1, 2, 1},
                                               .groups = 2});
}

// x = (3, 5) and w = (10, 1): y = 2 + (3 · 10, 3 · 1 + 5 · 10, 5 · 1), and with ∂y = (1, 2, 4)
// ∂x[i] = 10 ∂y[i] + ∂y[i + 1], ∂w[k] = 3 ∂y[k] + 5 ∂y[k + 1], ∂b = 7.
BOOST_AUTO_TEST_CASE(one_image_is_a_batch_without_a_dimension) {
  const Variable x(Tensor::from<float>({1, 2}, {3, 5}), true);
  const Variable weight(Tensor::from<float>({1, 1, 2}, {10, 1}), true);
  const Variable bias(Tensor::from<float>({1}, {2}), true);
  const Variable y = transposed_convolution(x, weight, bias);
  BOOST_TEST((y.shape() == Shape{1, 3}));
  BOOST_TEST((y.value().to_vector<float>() == std::vector<float>{32, 55, 7}));
  y.backward(Tensor::from<float>({1, 3}, {1, 2, 4}));
  BOOST_TEST((x.grad().shape() == Shape{1, 2}));
  BOOST_TEST((x.grad().to_vector<float>() == std::vector<float>{12, 24}));
  BOOST_TEST((weight.grad().to_vector<float>() == std::vector<float>{13, 26}));
  BOOST_TEST(bias.grad().item() == 7);
}

BOOST_AUTO_TEST_CASE(every_algorithm_computes_the_definition) {
  for (const Case& item : cases()) {
    const std::vector<Tensor> inputs = item.inputs();
    const std::vector<Tensor> exact = outcome(inputs, item.options(), DType::float64);
    const std::vector<Tensor> single = outcome(inputs, item.options(), DType::float32);
    const Tensor y = definition(inputs[0], inputs[1], exact[0].shape()[2], item.stride,
                                item.padding, item.dilation);
    const std::int64_t plane = y.shape().numel_from(2);
    for (std::int64_t i = 0; i < y.numel(); ++i) {
      y.data<double>()[i] += inputs[2].data<double>()[i / plane % item.weight[1]];
    }
    BOOST_TEST_CONTEXT(item.x.to_string() << " with " << item.weight.to_string()) {
      BOOST_TEST(largest_error(exact[0], y) < 1e-13);
      // Winograd's algorithm costs a digit.
      for (std::size_t i = 0; i < exact.size(); ++i) {
        BOOST_TEST(largest_error(single[i], exact[i]) < 1e-5,
                   "output " << i << ": " << largest_error(single[i], exact[i]));
      }
    }
  }
}

BOOST_AUTO_TEST_CASE(bits_do_not_depend_on_the_number_of_threads) {
  for (const Case& item : cases()) {
    BOOST_TEST(same_bits_with_threads(
        [&] { return outcome(item.inputs(), item.options(), DType::float32); }));
  }
}

BOOST_AUTO_TEST_CASE(rows_that_no_input_reaches_are_the_bias) {
  const Variable x(Tensor::full({1, 1, 2}, 1));
  const Variable y =
      transposed_convolution(x, Variable(Tensor::full({1, 1, 1}, 5)),
                             Variable(Tensor::full({1}, 2)), {.stride = 3, .output_padding = 2});
  const std::vector<double> expected{7, 2, 2, 7, 2, 2};
  BOOST_TEST(y.value().to_vector<double>() == expected, boost::test_tools::per_element());
}

BOOST_AUTO_TEST_CASE(a_batch_without_images_has_gradients_of_zero) {
  for (const DType dtype : {DType::float32, DType::float64}) {
    const Variable x(Tensor::zeros({0, 3, 4, 4}, dtype), true);
    const Variable weight(Tensor::full({3, 2, 3, 3}, 1, dtype), true);
    const Variable bias(Tensor::full({2}, 1, dtype), true);
    const Variable y = transposed_convolution(x, weight, bias, {.stride = 2}, Activation::relu());
    BOOST_TEST((y.shape() == Shape{0, 2, 9, 9}));
    y.backward(Tensor::zeros(y.shape(), dtype));
    BOOST_TEST((x.grad().shape() == x.shape()));
    for (const Variable& parameter : {weight, bias}) {
      for (const double value : parameter.grad().to_vector<double>()) BOOST_TEST(value == 0);
    }
  }
}

BOOST_AUTO_TEST_CASE(without_pixels_the_output_is_the_bias) {
  const Variable x(Tensor::zeros({2, 3, 0}), true);
  const Variable weight(Tensor::full({3, 2, 5}, 1), true);
  const Variable bias(Tensor::full({2}, 4), true);
  const Variable y = transposed_convolution(x, weight, bias);
  BOOST_TEST((y.shape() == Shape{2, 2, 4}));
  for (const double value : y.value().to_vector<double>()) BOOST_TEST(value == 4);
  y.backward(Tensor::full(y.shape(), 1));
  for (const double value : weight.grad().to_vector<double>()) BOOST_TEST(value == 0);
  for (const double value : bias.grad().to_vector<double>()) BOOST_TEST(value == 8);
}

BOOST_AUTO_TEST_CASE(only_wanted_gradients_are_computed) {
  const Variable x(Tensor::full({1, 2, 3, 3}, 1));
  const Variable weight(Tensor::full({2, 1, 3, 3}, 1), true);
  const Variable bias(Tensor::full({1}, 1));
  transposed_convolution(x, weight, bias).backward(Tensor::full({1, 1, 5, 5}, 1));
  BOOST_TEST(weight.grad().defined());
  BOOST_TEST(!x.grad().defined());
  BOOST_TEST(!bias.grad().defined());
}

BOOST_AUTO_TEST_CASE(operands_that_do_not_fit_are_refused) {
  const Variable x = zeros({2, 4, 5, 5});
  const Variable none;
  const auto refused = [&]<class E>(const Variable& weight, const Variable& bias,
                                    const Options& options, const std::string& text, const E*) {
    BOOST_CHECK_EXCEPTION(transposed_convolution(x, weight, bias, options), E, says(text));
  };
  const ShapeError* const shape = nullptr;
  const ValueError* const value = nullptr;
  refused(zeros({3, 4, 2, 2}), none, {},
          "[transposed_convolution] the weight [in, out / groups, …] must have 4 input channels: "
          "input [2, 4, 5, 5], weight [3, 4, 2, 2]",
          shape);
  refused(zeros({4, 3, 2}), none, {}, "the same 3 to 5 dimensions", shape);
  refused(zeros({4, 3, 2, 2}), none, {.groups = 3}, "groups must divide the input channels", value);
  refused(zeros({4, 3, 2, 2}), zeros({3}), {.groups = 2}, "bias [3], weight [4, 3, 2, 2]", shape);
  refused(zeros({4, 3, 2, 2}, DType::float64), none, {}, "float64", shape);
  refused(zeros({4, 3, 0, 2}), none, {}, "a window's extent must be between 1 and", shape);
  refused(zeros({4, 3, 2, 2}), none, {.stride = {1, 1, 1}},
          "stride has 3 values for 2 spatial dimensions", shape);
  refused(zeros({4, 3, 2, 2}), none, {.output_padding = -1}, "output_padding must be at least 0",
          value);
  refused(zeros({4, 3, 2, 2}), none, {.stride = 2, .output_padding = 2},
          "output_padding must be below the stride or the dilation: output_padding 2, stride 2, "
          "dilation 1",
          value);
  refused(zeros({4, 3, 2, 2}), none, {.padding = 3},
          "the output's extent would be 0, from an input's of 5 with a kernel of 2, stride 1 and "
          "padding 3",
          shape);
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace credence
