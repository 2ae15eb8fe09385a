// Tests of passes that draw the weights once: the moments of their outputs in closed form, and that
// a pass is the same function for all inputs.
#include "bayes/evaluation.hpp"
#include "bayes/layers/layers.hpp"
#include "bayes/methods/trained_network.hpp"
#include "bayes/posterior/gaussian.hpp"
#include "bayes/predict.hpp"
#include "tests/bayes/nested_model.hpp"
#include "tests/bayes/passes.hpp"
#include "tests/bayes/sample_moments.hpp"
#include "tests/bayes/support.hpp"

#include <cmath>

#include <boost/test/unit_test.hpp>

namespace credence::bayes {

BOOST_AUTO_TEST_SUITE(pass_draw)

namespace {

std::vector<Tensor> functions(nn::Module& model, const Tensor& x, std::int64_t samples) {
  Evaluation evaluation(model, samples, PassDraw::weights);
  return passes(evaluation, x);
}

}  // namespace

// For y = w · x + b with independent w ~ N(μ, σ²): E y = μ · x + b and Cov(y, y′) = Σ σ² x x′. With
// noise for each output the covariance of two rows is 0.
BOOST_AUTO_TEST_CASE(outputs_have_the_posteriors_moments, *boost::unit_test::label("every_isa")) {
  constexpr std::int64_t kPasses = 4000;
  const double log_variance = -1;
  BayesianLinear layer(3, 1, {}, Gaussian{.log_variance = log_variance}, Generator(5));
  const Tensor x = Tensor::from<float>({2, 3}, {1, -2, 0.5F, 2, 1, -1});
  const std::vector<double> w = parameter(layer, "weight").value().to_vector<double>();
  const double bias = item(parameter(layer, "bias"));
  const std::vector<double> means{w[0] - 2 * w[1] + w[2] / 2 + bias, 2 * w[0] + w[1] - w[2] + bias};
  for (const PassDraw draw : {PassDraw::weights, PassDraw::outputs}) {
    Evaluation evaluation(layer, kPasses, draw);
    SampleMoments values;
    SampleMoments products;
    for (const Tensor& y : passes(evaluation, x)) {
      const std::vector<double> both = y.to_vector<double>();
      values.add(both);
      products.add({(both[0] - means[0]) * (both[1] - means[1])});
    }
    const double variance = std::exp(log_variance);
    for (const std::size_t row : {0U, 1U}) {
      BOOST_TEST(std::abs(values.mean(row) - means[row]) < 4.5 * values.error(row));
      const double expected = variance * (row == 0 ? 5.25 : 6);
      BOOST_TEST(std::abs(values.variance(row) - expected) < 0.12 * expected);
    }
    const double covariance = draw == PassDraw::weights ? variance * (2 - 2 - 0.5) : 0;
    BOOST_TEST(std::abs(products.mean(0) - covariance) < 4.5 * products.error(0));
  }
}

BOOST_AUTO_TEST_CASE(a_pass_is_one_function_for_all_batches) {
  NestedModel model;
  const Tensor x = float_normals({6, 6}, "x");
  const std::vector<Tensor> whole = functions(model, x, 3);
  Evaluation evaluation(model, 3, PassDraw::weights);
  for (std::int64_t begin = 0; begin < 6; begin += 2) {
    const std::vector<Tensor> part = passes(evaluation, x.slice(begin, begin + 2));
    for (std::size_t s = 0; s < 3; ++s) {
      BOOST_TEST(largest_error(part[s], whole[s].slice(begin, begin + 2)) < 1e-6);
    }
  }
  BOOST_TEST(largest_error(whole[0], whole[1]) > 1e-3);
}

// One filter of one weight: equal pixels of an image give equal outputs.
BOOST_AUTO_TEST_CASE(a_convolution_has_the_same_weights_everywhere) {
  BayesianConv2d layer(1, 1, {.kernel = 1}, Gaussian{.log_variance = 0}, Generator(2));
  const std::vector<Tensor> drawn = functions(layer, Tensor::full({1, 1, 4, 4}, 1), 2);
  const std::vector<float> y = drawn[0].to_vector<float>();
  for (const float value : y) BOOST_TEST(value == y[0]);
  BOOST_TEST(y[0] != drawn[1].to_vector<float>()[0]);
}

BOOST_AUTO_TEST_CASE(the_passes_of_a_range_are_those_of_all) {
  NestedModel model;
  const Tensor x = float_normals({4, 6}, "x");
  const std::vector<Tensor> all = functions(model, x, 5);
  Evaluation evaluation(model, 5, {2, 4}, PassDraw::weights);
  for (int call = 0; call < 2; ++call) {
    const std::vector<Tensor> some = passes(evaluation, x);
    BOOST_TEST_REQUIRE(some.size() == 2U);
    BOOST_TEST(same_bits(some[0], all[2]));
    BOOST_TEST(same_bits(some[1], all[3]));
  }
}

BOOST_AUTO_TEST_CASE(no_samples_give_the_posteriors_mean) {
  NestedModel model;
  const Tensor x = float_normals({4, 6}, "x");
  Evaluation evaluation(model, 0);
  const Tensor mean = passes(evaluation, x).front();
  BOOST_TEST(same_bits(functions(model, x, 0).front(), mean));
}

BOOST_AUTO_TEST_CASE(the_noise_of_training_goes_on_as_without) {
  NestedModel model;
  NestedModel other;
  const Tensor x = float_normals({4, 6}, "x");
  const NoGrad no_grad;
  const Variable first = model(Variable(x));
  BOOST_TEST(same_bits(first.value(), other(Variable(x)).value()));
  functions(model, x, 3);
  BOOST_TEST(same_bits(model(Variable(x)).value(), other(Variable(x)).value()));
}

BOOST_AUTO_TEST_CASE(predictions_average_the_functions) {
  NestedModel model;
  const Tensor x = float_normals({4, 6}, "x");
  TrainedNetwork network(model, PassDraw::weights);
  const Tensor by_method = predictive_log_probabilities(network, x, {.samples = 3});
  const Tensor by_model =
      predictive_log_probabilities(model, x, {.samples = 3, .draw = PassDraw::weights});
  BOOST_TEST(same_bits(by_method, by_model));
  const std::vector<Tensor> drawn = functions(model, x, 3);
  const std::vector<float> result = by_model.to_vector<float>();
  for (std::size_t row = 0; row < 4; ++row) {
    double average = 0;
    for (const Tensor& y : drawn) {
      const std::vector<double> scores = y.to_vector<double>();
      double sum = 0;
      for (std::size_t c = 0; c < 3; ++c) sum += std::exp(scores[3 * row + c]);
      average += std::exp(scores[3 * row]) / sum / 3;
    }
    BOOST_TEST(std::abs(static_cast<double>(result[3 * row]) - std::log(average)) < 1e-5);
  }
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace credence::bayes
