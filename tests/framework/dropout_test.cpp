// Tests of dropout: gradients, the mask, its mean, and the layer.
#include "framework/ops/dropout.hpp"

#include "framework/autograd/gradcheck.hpp"
#include "framework/base/error.hpp"
#include "framework/nn/dropout.hpp"
#include "tests/framework/support.hpp"

#include <cmath>
#include <limits>

#include <boost/test/unit_test.hpp>

namespace credence {

BOOST_AUTO_TEST_SUITE(dropout_op)

namespace {

const RandomStream kStream = Generator(4).split("dropout").next();

// The result of dropping from float32 ones: the mask times the factor.
std::vector<float> mask(std::int64_t n, double probability, const RandomStream& stream) {
  return dropout(Variable(Tensor::full({n}, 1)), probability, stream).value().to_vector<float>();
}

}  // namespace

BOOST_AUTO_TEST_CASE(dropout_has_the_right_derivatives) {
  for (const Shape& shape : {Shape{1}, Shape{3, 5}, Shape{2, 3, 7, 4}}) {
    for (const double probability : {0.0, 0.3, 0.9}) {
      const GradcheckResult result = gradcheck(
          [&](const std::vector<Variable>& x) { return dropout(x[0], probability, kStream); },
          {normals(shape, "x")});
      BOOST_TEST(result.passed, shape.to_string() << ": " << result.message);
    }
  }
}

BOOST_AUTO_TEST_CASE(an_element_is_dropped_where_its_uniform_number_is_below_the_probability) {
  // The last probability is an element's own number, which is not below itself.
  for (const double probability : {0.0, 0.1, 0.5, 0.77, kStream.uniform(17)}) {
    for (const std::int64_t n : {0, 1, 63, 128, 129, 20'011}) {
      const std::vector<float> y = mask(n, probability, kStream);
      const std::vector<double> reference =
          dropout(Variable(Tensor::full({n}, 1, DType::float64)), probability, kStream)
              .value()
              .to_vector<double>();
      for (std::int64_t i = 0; i < n; ++i) {
        const bool dropped = kStream.uniform(i) < probability;
        const double expected = dropped ? 0 : 1 / (1 - probability);
        BOOST_REQUIRE(y[static_cast<std::size_t>(i)] == static_cast<float>(expected));
        BOOST_REQUIRE(reference[static_cast<std::size_t>(i)] == expected);
      }
    }
  }
}

BOOST_AUTO_TEST_CASE(the_mean_is_preserved_and_the_share_dropped_is_the_probability) {
  constexpr std::int64_t kNumel = 200'000;
  for (const double probability : {0.1, 0.5, 0.8}) {
    double sum = 0;
    double dropped = 0;
    for (const float value : mask(kNumel, probability, kStream)) {
      sum += static_cast<double>(value);
      dropped += value == 0.0F ? 1 : 0;
    }
    // Four standard errors of a Bernoulli share.
    const double error = 4 * std::sqrt(probability * (1 - probability) / kNumel);
    BOOST_TEST(std::abs(dropped / kNumel - probability) < error);
    BOOST_TEST(std::abs(sum / kNumel - 1) < error / (1 - probability));
  }
}

BOOST_AUTO_TEST_CASE(the_gradient_is_zero_exactly_where_the_output_is) {
  const Variable x(Tensor::full({5003}, 3), true);
  const Variable y = dropout(x, 0.4, kStream);
  y.backward(Tensor::full({5003}, 2));
  const std::vector<float> values = y.value().to_vector<float>();
  const std::vector<float> gradient = x.grad().to_vector<float>();
  const float scale = static_cast<float>(1 / (1 - 0.4));
  std::size_t zeros = 0;
  for (std::size_t i = 0; i < values.size(); ++i) {
    const bool dropped = values[i] == 0.0F;
    zeros += dropped ? 1 : 0;
    BOOST_REQUIRE(gradient[i] == (dropped ? 0.0F : 2 * scale));
    BOOST_REQUIRE(values[i] == (dropped ? 0.0F : 3 * scale));
  }
  BOOST_TEST(zeros > 1800U);
  BOOST_TEST(zeros < 2200U);
}

BOOST_AUTO_TEST_CASE(bits_do_not_depend_on_the_number_of_threads) {
  const Tensor x = normals({50'021}, "x").to(DType::float32);
  BOOST_TEST(same_bits_with_threads(
      [&] { return std::vector<Tensor>{dropout(Variable(x), 0.5, kStream).value()}; }));
}

BOOST_AUTO_TEST_CASE(the_layer_drops_anew_in_training_and_nothing_in_evaluation) {
  nn::Dropout layer(0.5, Generator(1));
  const Variable x(normals({1000}, "x").to(DType::float32));
  const Tensor first = layer(x).value();
  const Tensor second = layer(x).value();
  BOOST_TEST(!same_bits(first, second));
  {
    const nn::DrawsFrom draws(layer, 0);
    BOOST_TEST(same_bits(layer(x).value(), first));
  }
  layer.train(false);
  BOOST_TEST(same_bits(layer(x).value(), x.value()));
  layer.train();
  nn::Dropout same_seed(0.5, Generator(1));
  BOOST_TEST(same_bits(same_seed(x).value(), first));
  nn::Dropout other(0.5, Generator(2));
  BOOST_TEST(!same_bits(other(x).value(), first));
}

BOOST_AUTO_TEST_CASE(probabilities_outside_their_range_are_refused) {
  const Variable x(Tensor::zeros({3}));
  const double nan = std::numeric_limits<double>::quiet_NaN();
  for (const double probability : {-0.1, 1.0, 2.0, nan}) {
    BOOST_CHECK_EXCEPTION(dropout(x, probability, kStream), ValueError,
                          says("[dropout] the probability must be in [0, 1)"));
    BOOST_CHECK_EXCEPTION(nn::Dropout(probability, Generator(1)), ValueError, says("[Dropout]"));
  }
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace credence
