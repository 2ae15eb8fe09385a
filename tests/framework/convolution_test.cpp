// Tests of the convolution and linear ops: gradients, and PyTorch's values.
#include "framework/ops/convolution.hpp"

#include "framework/autograd/gradcheck.hpp"
#include "framework/nn/layers.hpp"
#include "framework/ops/pointwise.hpp"
#include "tests/framework/activations.hpp"
#include "tests/framework/support.hpp"
#include "tests/reference/reference.hpp"

#include <boost/test/unit_test.hpp>

namespace credence {

BOOST_AUTO_TEST_SUITE(convolution_ops)

namespace {

using Variables = std::vector<Variable>;
using Op = std::function<Variable(const Variables&)>;

// Convolution of x, weight and, where there is one, bias.
Op with(const ConvolutionOptions& options) {
  return [=](const Variables& v) {
    return convolution(v[0], v[1], v.size() > 2 ? v[2] : Variable(), options);
  };
}

Op fully_connected() {
  return [](const Variables& v) { return linear(v[0], v[1], v.size() > 2 ? v[2] : Variable()); };
}

void check_gradient(const Shape& x, const Shape& weight, const Op& op) {
  for (const bool bias : {false, true}) {
    std::vector<Tensor> inputs{normals(x, "x"), normals(weight, "weight")};
    if (bias) inputs.push_back(normals({weight[0]}, "bias"));
    const GradcheckResult result = gradcheck(op, inputs);
    BOOST_TEST(result.passed, x.to_string() << " with " << weight.to_string() << ", bias " << bias
                                            << ": " << result.message);
  }
}

void check_reference(const std::string& name, const Op& op, bool bias = true) {
  const std::vector<std::string> inputs = bias ? std::vector<std::string>{"x", "weight", "bias"}
                                               : std::vector<std::string>{"x", "weight"};
  BOOST_TEST(compare_with_reference(name, inputs, op) == "");
}

Variable zeros(const Shape& shape, DType dtype = DType::float32) {
  return Variable(Tensor::zeros(shape, dtype));
}

}  // namespace

BOOST_AUTO_TEST_CASE(convolution_has_the_right_derivatives) {
  check_gradient({2, 3, 7}, {4, 3, 3}, with({}));
  check_gradient({2, 2, 8}, {2, 2, 3}, with({.stride = 2, .padding = 1, .dilation = 2}));
  check_gradient({2, 2, 5, 4}, {3, 2, 3, 2}, with({}));
  check_gradient({1, 2, 5, 6}, {4, 1, 2, 3},
                 with({.stride = {2, 1}, .padding = {1, 0}, .dilation = {1, 2}, .groups = 2}));
  check_gradient({1, 3, 4, 4}, {3, 1, 3, 3}, with({.padding = 1, .groups = 3}));
  check_gradient({1, 2, 3, 4, 3}, {2, 2, 2, 3, 2}, with({.stride = {1, 2, 1}, .padding = 1}));
}

BOOST_AUTO_TEST_CASE(linear_has_the_right_derivatives) {
  check_gradient({3, 7}, {5, 7}, fully_connected());
  check_gradient({1, 1}, {2, 1}, fully_connected());
}

BOOST_AUTO_TEST_CASE(an_activation_has_the_right_derivatives) {
  for (const pointwise::Function& function : all_activations()) {
    check_gradient({2, 2, 5, 4}, {3, 2, 3, 2}, [=](const Variables& v) {
      return convolution(v[0], v[1], v.size() > 2 ? v[2] : Variable(), {}, function);
    });
    check_gradient({3, 7}, {5, 7}, [=](const Variables& v) {
      return linear(v[0], v[1], v.size() > 2 ? v[2] : Variable(), function);
    });
  }
}

BOOST_AUTO_TEST_CASE(an_activation_that_is_not_fused_follows) {
  const Variable x(normals({3, 7}, "x"));
  const Variable weight(normals({5, 7}, "weight"));
  const Variable bias(normals({5}, "bias"));
  for (const pointwise::Function& function : activations_not_fused()) {
    BOOST_TEST(!pointwise::FusedActivation::has(function));
    BOOST_TEST(same_bits(linear(x, weight, bias, function).value(),
                         pointwise::apply(function, linear(x, weight, bias)).value()));
  }
}

BOOST_AUTO_TEST_CASE(convolution_agrees_with_pytorch) {
  check_reference("conv1d", with({}));
  check_reference("conv1d_strided", with({.stride = 2, .padding = 1, .dilation = 2}));
  check_reference("conv2d", with({}));
  check_reference("conv2d_strided",
                  with({.stride = {2, 1}, .padding = {1, 2}, .dilation = {1, 2}}));
  check_reference("conv2d_grouped", with({.padding = 1, .groups = 2}), false);
  check_reference("conv2d_depthwise", with({.groups = 3}));
  check_reference("conv2d_1x1", with({}));
  check_reference("conv3d", with({}));
  check_reference(
      "conv3d_strided",
      with({.stride = {2, 1, 2}, .padding = {1, 0, 1}, .dilation = {1, 2, 1}, .groups = 2}));
}

BOOST_AUTO_TEST_CASE(other_paddings_agree_with_pytorch) {
  const auto circular = [](ConvolutionOptions options) {
    options.padding_mode = PaddingMode::circular;
    return with(options);
  };
  check_reference("conv2d_asymmetric", with({.padding = {0, 1}, .padding_behind = Spatial{1, 2}}));
  check_reference("conv2d_circular", circular({.stride = 2, .padding = {1, 2}}));
  check_reference("conv1d_circular", circular({.padding = 1}));
  check_gradient({1, 2, 5, 6}, {2, 2, 3, 2}, with({.padding = 0, .padding_behind = Spatial{1, 2}}));
  check_gradient({1, 2, 4, 5}, {2, 2, 3, 3}, circular({.padding = {1, 2}}));
  // The layer has the same options.
  nn::Conv2d layer(
      2, 3, {.kernel = 2, .padding = 1, .padding_behind = 0, .padding_mode = PaddingMode::circular},
      Generator(1));
  const Variable x(normals({2, 2, 4, 4}, "x").to(DType::float32));
  BOOST_TEST((layer(x).shape() == Shape{2, 3, 4, 4}));
  BOOST_CHECK_EXCEPTION(
      convolution_shape("op", {1, 2, 5, 6}, {2, 2, 3, 3}, {.padding_behind = 1}), ValueError,
      says("[op] padding that is circular or differs before and behind has to be added"));
  BOOST_CHECK_EXCEPTION(circular({.padding = 6})({zeros({1, 2, 5, 5}), zeros({2, 2, 3, 3})}),
                        ShapeError, says("a circular padding is at most the extent"));
}

BOOST_AUTO_TEST_CASE(one_image_is_a_batch_without_a_dimension) {
  check_reference("conv2d_unbatched", with({.padding = 1}));
  check_gradient({2, 6}, {3, 2, 3}, with({.padding = 1}));
  check_gradient({2, 4, 5}, {3, 2, 3, 3}, with({}));
}

BOOST_AUTO_TEST_CASE(linear_takes_any_dimensions_in_front) {
  check_reference("linear_batch", fully_connected());
  check_reference("linear_vector", fully_connected());
  check_gradient({2, 3, 4}, {5, 4}, fully_connected());
  check_gradient({4}, {2, 4}, fully_connected());
  const Variable none;
  BOOST_TEST((linear(zeros({2, 0, 4}), zeros({3, 4}), none).shape() == Shape{2, 0, 3}));
  BOOST_TEST((linear(zeros({2, 3, 0}), zeros({4, 0}), none).shape() == Shape{2, 3, 4}));
  BOOST_CHECK_EXCEPTION(linear(zeros({2, 3, 4}), zeros({3, 5}), none), ShapeError,
                        says("[linear] input [N, in] and weight [out, in] do not fit"));
}

BOOST_AUTO_TEST_CASE(linear_agrees_with_pytorch) {
  check_reference("linear", fully_connected());
  check_reference("linear_without_bias", fully_connected(), false);
}

BOOST_AUTO_TEST_CASE(only_wanted_gradients_are_computed) {
  const Variable x(Tensor::full({1, 1, 3, 3}, 1));
  const Variable weight(Tensor::full({2, 1, 3, 3}, 1), true);
  const Variable bias(Tensor::full({2}, 1));
  convolution(x, weight, bias).backward(Tensor::full({1, 2, 1, 1}, 1));
  BOOST_TEST(weight.grad().defined());
  BOOST_TEST(!x.grad().defined());
  BOOST_TEST(!bias.grad().defined());
}

BOOST_AUTO_TEST_CASE(operands_that_do_not_fit_are_refused) {
  const Variable x = zeros({2, 4, 5, 5});
  const Variable none;
  BOOST_CHECK_EXCEPTION(convolution(x, zeros({3, 3, 2, 2}), none), ShapeError,
                        says("[convolution] the weight must have 4 input channels"));
  BOOST_CHECK_EXCEPTION(convolution(x, zeros({3, 4, 2}), none), ShapeError,
                        says("input [2, 4, 5, 5], weight [3, 4, 2]"));
  BOOST_CHECK_EXCEPTION(convolution(x, zeros({3, 4, 6, 2}), none), ShapeError,
                        says("a window of 6 does not fit into an extent of 5"));
  BOOST_CHECK_EXCEPTION(convolution(x, zeros({3, 1, 2, 2}), none, {.groups = 4}), ValueError,
                        says("groups must divide"));
  BOOST_CHECK_EXCEPTION(convolution(x, zeros({3, 4, 2, 2}), zeros({4})), ShapeError,
                        says("bias [4], weight [3, 4, 2, 2]"));
  BOOST_CHECK_EXCEPTION(convolution(x, zeros({3, 4, 2, 2}, DType::float64), none), ShapeError,
                        says("float64"));
  BOOST_CHECK_EXCEPTION(convolution(x, zeros({3, 4, 2, 2}), none, {.stride = {1, 1, 1}}),
                        ShapeError, says("stride has 3 values for 2 spatial dimensions"));
  BOOST_CHECK_EXCEPTION(convolution(x, zeros({3, 4, 2, 2}), none, {.dilation = 0}), ValueError,
                        says("dilation must be at least 1, not 0"));
  BOOST_CHECK_EXCEPTION(linear(zeros({2, 4}), zeros({3, 5}), none), ShapeError,
                        says("[linear] input [N, in] and weight [out, in] do not fit"));
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace credence
