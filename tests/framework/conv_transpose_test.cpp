// Tests of the transposed convolution layers: parameters, calls, counts and errors.
#include "framework/base/error.hpp"
#include "framework/nn/summary.hpp"
#include "framework/nn/transposed_convolution.hpp"
#include "tests/framework/support.hpp"

#include <algorithm>
#include <cmath>

#include <boost/test/unit_test.hpp>

namespace credence::nn {

BOOST_AUTO_TEST_SUITE(transposed_convolution_layers)

BOOST_AUTO_TEST_CASE(a_layer_is_the_op_with_its_parameters) {
  ConvTranspose2d layer(4, 6,
                        {.kernel = 3, .stride = 2, .padding = 1, .output_padding = 1, .groups = 2},
                        Generator(1));
  const std::vector<NamedParameter> listed = parameters(layer);
  BOOST_REQUIRE(listed.size() == 2U);
  BOOST_TEST(listed[0].name == "weight");
  BOOST_TEST((listed[0].role == Role::weight));
  BOOST_TEST((listed[0].parameter->shape() == Shape{4, 3, 3, 3}));
  BOOST_TEST(listed[1].name == "bias");
  BOOST_TEST((listed[1].role == Role::bias));
  BOOST_TEST((listed[1].parameter->shape() == Shape{6}));
  const Variable x(normals({2, 4, 5, 5}, "x").to(DType::float32));
  const TransposedConvolutionOptions options{
      .stride = 2, .padding = 1, .output_padding = 1, .groups = 2};
  const Variable& weight = *listed[0].parameter;
  const Variable& bias = *listed[1].parameter;
  BOOST_TEST(same_bits(layer(x).value(), transposed_convolution(x, weight, bias, options).value()));
  BOOST_TEST((layer(x).shape() == Shape{2, 6, 10, 10}));
  BOOST_TEST(
      same_bits(layer(x, Activation::softplus()).value(),
                transposed_convolution(x, weight, bias, options, Activation::softplus()).value()));
}

BOOST_AUTO_TEST_CASE(parameters_start_as_pytorchs) {
  // torch.nn.ConvTranspose2d(4, 6, 5, groups=2): weight.size(1) · 5 · 5 = 75 inputs.
  ConvTranspose2d layer(4, 6, {.kernel = 5, .groups = 2}, Generator(1));
  for (const NamedParameter& p : parameters(layer)) {
    const std::vector<double> values = p.parameter->value().to_vector<double>();
    const auto [smallest, largest] = std::minmax_element(values.begin(), values.end());
    const double bound = 1 / std::sqrt(75.0);
    BOOST_TEST(*smallest >= -bound * (1 + 1e-6), p.name);
    BOOST_TEST(*largest <= bound * (1 + 1e-6), p.name);
    BOOST_TEST(*largest - *smallest > bound, p.name);
  }
}

BOOST_AUTO_TEST_CASE(layers_of_all_dimensions_count_their_multiply_adds) {
  const Generator generator(1);
  const auto check = [](auto layer, const Shape& input, const Shape& output, const char* type,
                        std::int64_t multiply_adds) {
    const Summary summary = summarize(layer, input);
    BOOST_REQUIRE(summary.layers.size() == 1U);
    BOOST_TEST(summary.layers[0].type == type);
    BOOST_TEST((summary.layers[0].output == output));
    BOOST_TEST(summary.multiply_adds == multiply_adds);
  };
  check(ConvTranspose1d(2, 3, {.kernel = 4, .stride = 2}, generator), {1, 2, 5}, {1, 3, 12},
        "ConvTranspose1d", 2 * 5 * 3 * 4);
  check(ConvTranspose2d(4, 6, {.kernel = {3, 2}, .groups = 2, .bias = false}, generator),
        {1, 4, 5, 6}, {1, 6, 7, 7}, "ConvTranspose2d", 4 * 5 * 6 * 3 * 3 * 2);
  check(ConvTranspose3d(1, 2, {.kernel = 2, .stride = 2}, generator), {1, 1, 2, 3, 4},
        {1, 2, 4, 6, 8}, "ConvTranspose3d", 2 * 3 * 4 * 2 * 8);
}

BOOST_AUTO_TEST_CASE(wrong_sizes_are_refused_by_name) {
  const Generator generator(1);
  BOOST_CHECK_EXCEPTION(ConvTranspose1d(0, 3, {.kernel = 4}, generator), ValueError,
                        says("[ConvTranspose1d] channels must be positive"));
  BOOST_CHECK_EXCEPTION(ConvTranspose3d(2, 3, {.kernel = 4, .groups = 2}, generator), ValueError,
                        says("2 in, 3 out, 2 groups"));
  BOOST_CHECK_EXCEPTION(ConvTranspose2d(2, 3, {.kernel = 0}, generator), ValueError,
                        says("kernel must be at least 1"));
  ConvTranspose1d layer(2, 3, {.kernel = 3, .bias = false}, generator);
  BOOST_TEST(parameters(layer).size() == 1U);
  BOOST_CHECK_EXCEPTION(layer(Variable(Tensor::zeros({1, 2, 4, 4}))), ShapeError,
                        says("[transposed_convolution]"));
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace credence::nn
