// Tests of the Bayesian layers: mean mode against the frequentist layers, noise, and errors.
#include "bayes/layers/layers.hpp"

#include "bayes/posterior/gaussian.hpp"
#include "bayes/prior/normal.hpp"
#include "bayes/walk.hpp"
#include "framework/base/error.hpp"
#include "framework/ops/arithmetic.hpp"
#include "framework/ops/reduce.hpp"
#include "tests/bayes/nested_model.hpp"
#include "tests/bayes/support.hpp"

#include <cmath>
#include <limits>
#include <string>

#include <boost/test/unit_test.hpp>

namespace credence::bayes {

BOOST_AUTO_TEST_SUITE(bayesian_layers_with_weights)

namespace {

const Generator kGenerator(3);

BayesianLinear small_linear(const Variational& variational = {}) {
  return {6, 4, {}, variational, kGenerator};
}

// The Bayesian layer starts with the weights of the frequentist one. In mean mode it has the same
// outputs and gradients, bit for bit.
void check_mean_mode(nn::Module& frequentist, BayesianLayer& bayesian, const Tensor& input) {
  for (const nn::NamedParameter& p : nn::parameters(frequentist)) {
    BOOST_TEST(same_bits(parameter(bayesian, p.name).value(), p.parameter->value()));
  }
  bayesian.set_sampling(Sampling::mean);
  const Variable x(input, true);
  const Variable bayesian_x(input, true);
  const Variable y = frequentist(x);
  const Variable bayesian_y = bayesian(bayesian_x);
  BOOST_TEST(same_bits(bayesian_y.value(), y.value()));
  sum(y * y).backward();
  sum(bayesian_y * bayesian_y).backward();
  BOOST_TEST(same_bits(bayesian_x.grad(), x.grad()));
  for (const nn::NamedParameter& p : nn::parameters(frequentist)) {
    BOOST_TEST(same_bits(parameter(bayesian, p.name).grad(), p.parameter->grad()));
  }
}

template <int Dimensions>
void check_conv(const Shape& input, const nn::ConvOptions& options) {
  const std::int64_t channels = input[1];
  for (const Posterior& posterior : {Posterior(VariationalDropout{}), Posterior(Gaussian{})}) {
    nn::Conv<Dimensions> frequentist(channels, 4, options, kGenerator);
    BayesianConv<Dimensions> bayesian(channels, 4, options, posterior, kGenerator);
    check_mean_mode(frequentist, bayesian, float_normals(input, "x"));
  }
}

std::vector<std::string> names(nn::Module& module) {
  std::vector<std::string> result;
  for (const nn::NamedParameter& p : nn::parameters(module)) result.push_back(p.name);
  return result;
}

using Names = std::vector<std::string>;

}  // namespace

BOOST_AUTO_TEST_CASE(a_linear_layer_in_mean_mode_is_the_frequentist_one) {
  nn::Linear frequentist(6, 4, {}, kGenerator);
  BayesianLinear bayesian = small_linear();
  check_mean_mode(frequentist, bayesian, float_normals({5, 6}, "x"));
  nn::Linear without_bias(6, 4, {.bias = false}, kGenerator);
  BayesianLinear bayesian_without_bias(6, 4, {.bias = false}, Gaussian{}, kGenerator);
  check_mean_mode(without_bias, bayesian_without_bias, float_normals({5, 6}, "x"));
}

BOOST_AUTO_TEST_CASE(a_convolution_in_mean_mode_is_the_frequentist_one) {
  check_conv<1>({3, 2, 9}, {.kernel = 3, .stride = 2, .padding = 1});
  check_conv<2>({3, 2, 8, 7}, {.kernel = 3});
  check_conv<2>({3, 4, 8, 7}, {.kernel = {3, 2},
                               .stride = {2, 1},
                               .padding = {1, 0},
                               .dilation = {1, 2},
                               .groups = 2,
                               .bias = false});
  check_conv<3>({2, 2, 4, 5, 4}, {.kernel = 2, .padding = {0, 1, 0}});
}

BOOST_AUTO_TEST_CASE(parameters_are_those_of_the_frequentist_layer_and_the_spread) {
  BayesianLinear dropout = small_linear();
  BOOST_TEST((names(dropout) == Names{"weight", "log_alpha", "bias"}));
  BOOST_TEST(parameter(dropout, "log_alpha").shape() == parameter(dropout, "weight").shape());
  BayesianLinear gaussian = small_linear(Gaussian{});
  BOOST_TEST((names(gaussian) == Names{"weight", "log_variance", "bias"}));
  BayesianConv2d convolution(2, 4, {.kernel = 3, .bias = false}, VariationalDropout{}, kGenerator);
  BOOST_TEST((names(convolution) == Names{"weight", "log_alpha"}));
}

BOOST_AUTO_TEST_CASE(each_call_draws_new_noise) {
  BayesianLinear layer = small_linear();
  BOOST_TEST((layer.sampling() == Sampling::sample));
  const Variable x(float_normals({5, 6}, "x"));
  BOOST_TEST(!same_bits(layer(x).value(), layer(x).value()));
  layer.set_sampling(Sampling::mean);
  BOOST_TEST(same_bits(layer(x).value(), layer(x).value()));
  BayesianConv2d convolution(1, 2, {.kernel = 2}, Gaussian{}, kGenerator);
  const Variable image(float_normals({2, 1, 4, 4}, "x"));
  BOOST_TEST(!same_bits(convolution(image).value(), convolution(image).value()));
}

BOOST_AUTO_TEST_CASE(the_same_number_gives_the_same_noise_again) {
  BayesianLinear layer = small_linear();
  const Variable x(float_normals({5, 6}, "x"));
  const auto draw_from = [&](std::uint64_t number) {
    const nn::DrawsFrom noise(layer, number);
    return layer(x).value();
  };
  const Tensor first = layer(x).value();
  const Tensor seventh = draw_from(7);
  BOOST_TEST(same_bits(draw_from(7), seventh));
  BOOST_TEST(!same_bits(draw_from(8), seventh));
  BOOST_TEST(same_bits(draw_from(0), first));
  // The layer's own draw number is unchanged.
  const Tensor second = layer(x).value();
  BOOST_TEST(same_bits(second, draw_from(1)));
}

BOOST_AUTO_TEST_CASE(layers_of_other_names_draw_other_noise) {
  BayesianLinear one(6, 4, {.weight_init = nn::init::constant(1)}, VariationalDropout{},
                     kGenerator.split("one"));
  BayesianLinear other(6, 4, {.weight_init = nn::init::constant(1)}, VariationalDropout{},
                       kGenerator.split("other"));
  parameter(other, "bias").value().copy_from(parameter(one, "bias").value());
  const Variable x(float_normals({5, 6}, "x"));
  BOOST_TEST(!same_bits(one(x).value(), other(x).value()));
}

BOOST_AUTO_TEST_CASE(a_wider_posterior_gives_wider_outputs) {
  // With all weights and inputs 1, an output is normal with mean 6 and variance 6 alpha.
  for (const double log_alpha : {-5.0, 0.0}) {
    BayesianLinear layer(6, 1,
                         {.weight_init = nn::init::constant(1), .bias_init = nn::init::constant(0)},
                         VariationalDropout{.log_alpha = log_alpha}, kGenerator);
    constexpr std::int64_t kDraws = 20'000;
    double squares = 0;
    const Tensor y = layer(Variable(Tensor::full({kDraws, 6}, 1))).value();
    for (const float value : y.to_vector<float>()) {
      squares += (static_cast<double>(value) - 6) * (static_cast<double>(value) - 6);
    }
    const double variance = 6 * std::exp(log_alpha);
    BOOST_TEST(std::abs(squares / kDraws / variance - 1) < 4 * std::sqrt(2.0 / kDraws));
  }
}

BOOST_AUTO_TEST_CASE(bad_settings_are_refused) {
  const double nan = std::numeric_limits<double>::quiet_NaN();
  BOOST_CHECK_EXCEPTION(small_linear(VariationalDropout{.log_alpha = nan}), ValueError,
                        says("[posterior]"));
  BOOST_CHECK_EXCEPTION(small_linear({Gaussian{}, Normal{.deviation = 0}}), ValueError,
                        says("[prior]"));
  BOOST_CHECK_EXCEPTION(BayesianLinear(0, 4, {}, VariationalDropout{}, kGenerator), ValueError,
                        says("[Linear] features must be positive"));
  BOOST_CHECK_EXCEPTION(
      BayesianConv2d(3, 4, {.kernel = 3, .groups = 2}, VariationalDropout{}, kGenerator),
      ValueError, says("[Conv2d] channels must be positive and divisible by the groups"));
}

BOOST_AUTO_TEST_CASE(inputs_that_do_not_fit_are_refused) {
  BayesianLinear layer = small_linear();
  BOOST_CHECK_EXCEPTION(layer(Variable(Tensor::zeros({5, 7}))), ShapeError,
                        says("[BayesianLinear]"));
  BayesianConv2d convolution(2, 4, {.kernel = 3}, VariationalDropout{}, kGenerator);
  BOOST_CHECK_EXCEPTION(convolution(Variable(Tensor::zeros({5, 3, 8, 8}))), ShapeError,
                        says("[BayesianConv]"));
}

BOOST_AUTO_TEST_CASE(a_layer_called_with_an_activation_applies_it,
                     *boost::unit_test::label("optimised")) {
  BayesianLinear dense = small_linear();
  const Variable x(float_normals({6, 6}, "x"));
  BayesianConv2d convolution(1, 2, {.kernel = 2}, Gaussian{}, kGenerator);
  const Variable images(float_normals({6, 1, 4, 4}, "x"));
  const auto check = [](BayesianLayer& layer, const Variable& input) {
    for (const nn::Activation& activation : {nn::Activation::softplus(2), nn::Activation::silu()}) {
      const auto outputs = [&] {
        std::vector<Tensor> both;
        {
          const nn::DrawsFrom noise(layer, 7);
          both.push_back(layer(input, activation).value());
        }
        const nn::DrawsFrom noise(layer, 7);
        both.push_back(activation(layer(input)).value());
        return both;
      };
      const std::vector<Tensor> drawn = outputs();
      BOOST_TEST(same_bits(drawn[0], drawn[1]));
      layer.set_fold(Fold{3, 2});
      const std::vector<Tensor> folded = outputs();
      BOOST_TEST(same_bits(folded[0], folded[1]));
      layer.set_fold({});
      layer.set_sampling(Sampling::mean);
      const std::vector<Tensor> means = outputs();
      BOOST_TEST(same_bits(means[0], means[1]));
      BOOST_TEST(!same_bits(means[0], drawn[0]));
      layer.set_sampling(Sampling::sample);
    }
  };
  check(dense, x);
  check(convolution, images);
}

BOOST_AUTO_TEST_CASE(an_error_names_the_path_of_the_layer) {
  NestedModel model;
  try {
    model(Variable(Tensor::zeros({2, 5})));
    BOOST_ERROR("no error");
  } catch (const ShapeError& error) {
    BOOST_TEST(std::string(error.what()).starts_with("body.0: [BayesianLinear] "), error.what());
  }
  model.head = BayesianLinear(3, 4, {}, Gaussian{}, Generator(1));
  BOOST_CHECK_EXCEPTION(model(Variable(Tensor::zeros({2, 6}))), ShapeError, says("head: ["));
  set_sampling(model, Sampling::mean);
  BOOST_CHECK_EXCEPTION(model(Variable(Tensor::zeros({2, 6}))), ShapeError, says("head: [linear]"));
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace credence::bayes
