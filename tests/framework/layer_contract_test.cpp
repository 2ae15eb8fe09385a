// The contract of layers, a line for each layer of framework/nn.
#include "tests/framework/layer_contract.hpp"

#include "framework/nn/activation.hpp"
#include "framework/nn/dropout.hpp"
#include "framework/nn/embedding.hpp"
#include "framework/nn/flatten.hpp"
#include "framework/nn/layers.hpp"
#include "framework/nn/normalization.hpp"
#include "framework/nn/pooling.hpp"
#include "framework/nn/sequential.hpp"
#include "framework/nn/transposed_convolution.hpp"
#include "tests/framework/layer_names.hpp"
#include "tests/framework/support.hpp"

#include <boost/test/unit_test.hpp>

namespace credence::test {

BOOST_AUTO_TEST_SUITE(layer_contract)

namespace {

using namespace nn;

const Generator kSeed(1);

Tensor x_of(const Shape& shape) { return normals(shape, "x").to(DType::float32); }

}  // namespace

BOOST_AUTO_TEST_CASE(layers_with_weights) {
  check_layer([] { return Linear(7, 5, {}, kSeed); }, x_of({3, 7}));
  check_layer([] { return Linear(7, 5, {.bias = false}, kSeed); }, x_of({3, 7}));
  check_layer([] { return Conv1d(2, 3, {.kernel = 3, .padding = 1}, kSeed); }, x_of({3, 2, 9}));
  check_layer([] { return Conv2d(4, 6, {.kernel = 3, .stride = 2, .groups = 2}, kSeed); },
              x_of({3, 4, 7, 6}));
  check_layer([] { return Conv2d(3, 8, {.kernel = 3, .padding = 1}, kSeed); },
              x_of({4, 3, 12, 12}));
  check_layer([] { return Conv3d(2, 2, {.kernel = 2}, kSeed); }, x_of({2, 2, 4, 3, 5}));
  check_layer([] { return ConvTranspose1d(3, 2, {.kernel = 3, .stride = 2}, kSeed); },
              x_of({2, 3, 5}));
  check_layer([] { return ConvTranspose2d(4, 2, {.kernel = 3, .groups = 2}, kSeed); },
              x_of({2, 4, 4, 3}));
  check_layer([] { return ConvTranspose3d(2, 2, {.kernel = 2}, kSeed); }, x_of({2, 2, 3, 3, 2}));
  check_layer([] { return Embedding(6, 4, {}, kSeed); },
              Tensor::from<std::int64_t>({2, 3}, {1, 5, 0, 3, 3, 2}));
}

BOOST_AUTO_TEST_CASE(normalisations) {
  check_layer([] { return BatchNorm1d(5); }, x_of({6, 5}));
  check_layer([] { return BatchNorm2d(3); }, x_of({4, 3, 5, 4}));
  check_layer([] { return BatchNorm2d(3, {.cumulative = true}); }, x_of({4, 3, 5, 4}));
  check_layer([] { return BatchNorm3d(2); }, x_of({3, 2, 3, 2, 4}));
  check_layer([] { return FilterResponseNorm2d(3); }, x_of({2, 3, 5, 4}));
  check_layer([] { return LayerNorm({3, 4}); }, x_of({5, 3, 4}));
  check_layer([] { return GroupNorm(2, 6); }, x_of({3, 6, 4}));
}

BOOST_AUTO_TEST_CASE(layers_without_weights) {
  check_layer([] { return Dropout(0.4, kSeed); }, x_of({5, 30}));
  check_layer([] { return Flatten(); }, x_of({3, 2, 4}));
  check_layer([] { return MaxPool1d({.kernel = 2}); }, x_of({2, 3, 8}));
  check_layer([] { return MaxPool2d({.kernel = 3, .stride = 2}); }, x_of({2, 3, 7, 7}));
  check_layer([] { return MaxPool3d({.kernel = 2}); }, x_of({2, 2, 4, 4, 4}));
  check_layer([] { return AveragePool1d({.kernel = 2}); }, x_of({2, 3, 8}));
  check_layer([] { return AveragePool2d({.kernel = 3, .stride = 2}); }, x_of({2, 3, 7, 7}));
  check_layer([] { return AveragePool3d({.kernel = 2}); }, x_of({2, 2, 4, 4, 4}));
  check_layer([] { return AdaptiveAveragePool1d(3); }, x_of({2, 3, 8}));
  check_layer([] { return AdaptiveAveragePool2d(3); }, x_of({2, 3, 7, 5}));
  check_layer([] { return AdaptiveAveragePool3d(2); }, x_of({2, 2, 4, 3, 5}));
  check_layer([] { return AdaptiveMaxPool1d(3); }, x_of({2, 3, 8}));
  check_layer([] { return AdaptiveMaxPool2d(3); }, x_of({2, 3, 7, 5}));
  check_layer([] { return AdaptiveMaxPool3d(2); }, x_of({2, 2, 4, 3, 5}));
}

BOOST_AUTO_TEST_CASE(layers_of_layers) {
  check_layer(
      [] {
        return Sequential(Linear(4, 6, {}, kSeed.split("a")), BatchNorm1d(6), Activation::relu(),
                          Dropout(0.3, kSeed.split("b")), Linear(6, 3, {}, kSeed.split("c")));
      },
      x_of({8, 4}));
  check_layer([] { return Sequential(Activation::silu(), Flatten()); }, x_of({3, 2, 5}));
}

BOOST_AUTO_TEST_CASE(every_layer_has_a_line) {
  const std::string text = source_text("tests/framework/layer_contract_test.cpp");
  for (const std::string& name : layers_of({"framework/nn"})) {
    BOOST_TEST(text.find(" return " + name) != std::string::npos, name);
  }
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace credence::test
