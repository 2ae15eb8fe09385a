// Tests of batches that contain several posterior samples: bits, distribution against PyTorch's
// moments, and errors.
#include "bayes/folded_samples.hpp"

#include "bayes/posterior/gaussian.hpp"
#include "framework/base/error.hpp"
#include "tests/bayes/nested_model.hpp"
#include "tests/bayes/support.hpp"
#include "tests/reference/reference.hpp"

#include <algorithm>
#include <cmath>

#include <boost/test/unit_test.hpp>

namespace credence::bayes {

BOOST_AUTO_TEST_SUITE(folded_samples)

namespace {

constexpr std::int64_t kSamples = 3;
constexpr std::int64_t kImages = 4;

Tensor repeated(const Tensor& x) {
  const std::int64_t rows = x.shape()[0];
  const Tensor y = Tensor::empty(x.shape().with(0, kSamples * rows), x.dtype());
  for (std::int64_t s = 0; s < kSamples; ++s) y.slice(s * rows, (s + 1) * rows).copy_from(x);
  return y;
}

// Compares separate samples of `layer` with folded ones, for images given once and given for each
// sample.
template <class Layer>
void check_layer(Layer& layer, const Shape& image) {
  const Tensor x = float_normals(image, "x");
  std::vector<Tensor> expected;
  {
    const NoGrad no_grad;
    const nn::DrawsFrom noise(layer, 7);
    for (std::int64_t s = 0; s < kSamples; ++s) {
      expected.push_back(layer(Variable(x)).value());
    }
  }
  for (const Tensor& input : {x, repeated(x)}) {
    const nn::DrawsFrom noise(layer, 7);
    const FoldedSamples folded(layer, {kSamples, kImages});
    const Variable y = layer(Variable(input));
    BOOST_TEST(!y.requires_grad());
    BOOST_TEST(y.shape()[0] == kSamples * kImages);
    for (std::int64_t s = 0; s < kSamples; ++s) {
      const Tensor rows = y.value().slice(s * kImages, (s + 1) * kImages);
      BOOST_TEST(largest_error(rows, expected[static_cast<std::size_t>(s)]) < 1e-6);
    }
  }
}

}  // namespace

BOOST_AUTO_TEST_CASE(each_layer_gives_the_outputs_of_its_samples) {
  const Posterior posterior = Gaussian{.log_variance = -2};
  BayesianLinear dense(6, 5, {}, posterior, Generator(1));
  check_layer(dense, {kImages, 6});
  BayesianConv1d conv1d(3, 4, {.kernel = 3, .bias = false}, posterior, Generator(1));
  check_layer(conv1d, {kImages, 3, 9});
  BayesianConv2d conv2d(4, 6, {.kernel = 3, .padding = 1, .groups = 2}, posterior, Generator(1));
  check_layer(conv2d, {kImages, 4, 7, 5});
  BayesianConv3d conv3d(2, 3, {.kernel = 2, .stride = 2}, posterior, Generator(1));
  check_layer(conv3d, {kImages, 2, 4, 4, 4});
}

BOOST_AUTO_TEST_CASE(samples_of_one_image_are_distributed_as_its_moments_say) {
  constexpr std::int64_t kDraws = 20'000;
  BayesianLinear layer(6, 2, {}, Gaussian{.log_variance = -1}, Generator(1));
  const Tensor x = float_normals({1, 6}, "x");
  layer.set_sampling(Sampling::mean);
  const Tensor mean = layer(Variable(x)).value();
  layer.set_sampling(Sampling::sample);
  const FoldedSamples folded(layer, {kDraws, 1});
  const Tensor y = layer(Variable(x)).value();
  double squares = 0;
  for (std::int64_t i = 0; i < 6; ++i) squares += std::pow(x.data<float>()[i], 2);
  const double variance = std::exp(-1) * squares;
  const double root = std::sqrt(static_cast<double>(kDraws));
  for (std::int64_t o = 0; o < 2; ++o) {
    double sum = 0;
    double sum_of_squares = 0;
    for (std::int64_t s = 0; s < kDraws; ++s) {
      const double d = static_cast<double>(y.data<float>()[2 * s + o] - mean.data<float>()[o]);
      sum += d;
      sum_of_squares += d * d;
    }
    BOOST_TEST(std::abs(sum / kDraws) < 4 * std::sqrt(variance) / root);
    BOOST_TEST(std::abs(sum_of_squares / kDraws - variance) < 4 * std::sqrt(2.0) * variance / root);
  }
}

BOOST_AUTO_TEST_CASE(the_bits_do_not_depend_on_the_threads) {
  NestedModel model;
  const Variable x(float_normals({kImages, 6}, "x"));
  const auto outputs = [&] {
    const nn::DrawsFrom noise(model, 3);
    const FoldedSamples folded(model, {kSamples, kImages});
    return std::vector<Tensor>{model(x).value()};
  };
  BOOST_TEST(same_bits_with_threads(outputs));
}

BOOST_AUTO_TEST_CASE(layers_in_mean_mode_keep_the_rows) {
  NestedModel model;
  set_sampling(model, Sampling::mean);
  const FoldedSamples folded(model, {kSamples, kImages});
  BOOST_TEST((model(Variable(float_normals({kImages, 6}, "x"))).shape() == Shape{kImages, 3}));
}

BOOST_AUTO_TEST_CASE(plain_batches_and_gradients_are_back_afterwards) {
  NestedModel model;
  const Variable x(float_normals({kImages, 6}, "x"));
  { const FoldedSamples folded(model, {kSamples, kImages}); }
  BOOST_TEST((model(x).shape() == Shape{kImages, 3}));
  BOOST_TEST(model(x).requires_grad());
}

BOOST_AUTO_TEST_CASE(other_numbers_of_rows_and_samples_are_refused) {
  NestedModel model;
  const Variable x(float_normals({5, 6}, "x"));
  {
    const FoldedSamples folded(model, {kSamples, kImages});
    BOOST_CHECK_EXCEPTION(model(x), ShapeError,
                          says("[BayesianLinear] a batch with 3 samples of 4 images has 4 or 12 "
                               "rows, not those of [5, 6]"));
  }
  BOOST_CHECK_EXCEPTION(FoldedSamples(model, {0, 4}), ValueError,
                        says("[FoldedSamples] needs at least 1 sample, not 0"));
  BOOST_TEST((model(x).shape() == Shape{5, 3}));
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace credence::bayes
