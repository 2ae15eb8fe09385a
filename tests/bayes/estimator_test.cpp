// Tests of the estimators: the distribution of outputs and of gradients, and functions drawn once.
#include "bayes/elbo.hpp"
#include "bayes/estimator/flipout.hpp"
#include "bayes/estimator/local_reparametrization.hpp"
#include "bayes/estimator/weight_reparametrization.hpp"
#include "bayes/evaluation.hpp"
#include "bayes/folded_samples.hpp"
#include "bayes/function_draw.hpp"
#include "bayes/layers/layers.hpp"
#include "bayes/posterior/gaussian.hpp"
#include "bayes/posterior/radial.hpp"
#include "bayes/prior/scale_mixture.hpp"
#include "framework/base/error.hpp"
#include "framework/ops/arithmetic.hpp"
#include "framework/ops/reduce.hpp"
#include "tests/bayes/sample_moments.hpp"
#include "tests/bayes/support.hpp"

#include <cmath>
#include <functional>
#include <string>
#include <utility>
#include <vector>

#include <boost/test/unit_test.hpp>

namespace credence::bayes {

BOOST_AUTO_TEST_SUITE(estimator, *boost::unit_test::label("every_isa"))

namespace {

const Generator kGenerator(5);

struct NamedEstimator {
  std::string name;
  Estimator estimator;
};
std::vector<NamedEstimator> estimators() {
  return {{"local reparametrisation", LocalReparametrization{}},
          {"weight reparametrisation", WeightReparametrization{}},
          {"Flipout", Flipout{}}};
}

BayesianConv2d convolution(const Variational& variational) {
  return {4,
          6,
          {.kernel = 3, .stride = 2, .padding = 1, .dilation = 2, .groups = 2},
          variational,
          kGenerator};
}

}  // namespace

// E[y] = conv(x, μ) + b and Var[y] = conv(x², σ²), whatever the estimator.
BOOST_AUTO_TEST_CASE(outputs_have_the_moments_of_random_weights) {
  const Tensor x = float_normals({2, 4, 5, 4}, "x");
  const NoGrad no_grad;
  for (const auto& [name, estimator] : estimators()) {
    BayesianConv2d layer = convolution({Gaussian{.log_variance = -2}, {}, estimator});
    layer.set_sampling(Sampling::mean);
    const std::vector<double> expected = layer(Variable(x)).value().to_vector<double>();
    layer.set_sampling(Sampling::sample);
    const std::vector<double> variance =
        layer.apply(Variable(x) * Variable(x), layer.weight().variance(), {}, {})
            .value()
            .to_vector<double>();
    SampleMoments moments;
    constexpr int kDraws = 4000;
    for (int i = 0; i < kDraws; ++i) moments.add(layer(Variable(x)).value().to_vector<double>());
    for (std::size_t i = 0; i < moments.size(); ++i) {
      BOOST_TEST(std::abs(moments.mean(i) - expected[i]) < 4.5 * moments.error(i), name);
      BOOST_TEST(std::abs(moments.variance(i) / variance[i] - 1) < 4.5 * std::sqrt(2.0 / kDraws),
                 name << ": " << moments.variance(i) << " instead of " << variance[i]);
    }
  }
}

// For L = Σ y², E[L] = Σ (m² + v), whose derivatives are known: dE[L]/dμ = Σ 2 m x, dE[L]/d log σ²
// = σ² Σ x².
BOOST_AUTO_TEST_CASE(gradients_are_unbiased) {
  const Tensor x = float_normals({8, 3}, "x");
  for (const auto& [name, estimator] : estimators()) {
    BayesianLinear layer(3, 2, {.bias = false}, {Gaussian{.log_variance = -1}, {}, estimator},
                         kGenerator);
    const std::vector<double> mean = layer.weight().mean().value().to_vector<double>();
    const std::vector<double> inputs = x.to_vector<double>();
    std::vector<double> expected(12);
    for (std::size_t o = 0; o < 2; ++o) {
      for (std::size_t n = 0; n < 8; ++n) {
        double m = 0;
        for (std::size_t c = 0; c < 3; ++c) m += mean[o * 3 + c] * inputs[n * 3 + c];
        for (std::size_t c = 0; c < 3; ++c) {
          expected[o * 3 + c] += 2 * m * inputs[n * 3 + c];
          expected[6 + o * 3 + c] += std::exp(-1.0) * inputs[n * 3 + c] * inputs[n * 3 + c];
        }
      }
    }
    SampleMoments moments;
    for (int i = 0; i < 6000; ++i) {
      for (const nn::NamedParameter& p : nn::parameters(layer)) p.parameter->zero_grad();
      const Variable y = layer(Variable(x));
      sum(y * y).backward();
      std::vector<double> gradient = parameter(layer, "weight").grad().to_vector<double>();
      for (const double g : parameter(layer, "log_variance").grad().to_vector<double>()) {
        gradient.push_back(g);
      }
      moments.add(gradient);
    }
    for (std::size_t i = 0; i < expected.size(); ++i) {
      BOOST_TEST(std::abs(moments.mean(i) - expected[i]) < 4.5 * moments.error(i),
                 name << ": " << moments.mean(i) << " ± " << moments.error(i) << " instead of "
                      << expected[i]);
    }
  }
}

// The outputs of equal rows: one for all with weight reparametrisation, uncorrelated in their
// deviations with the two others.
BOOST_AUTO_TEST_CASE(examples_share_a_draw_with_weight_reparametrisation_alone) {
  const NoGrad no_grad;
  const Tensor x = Tensor::full({2, 5}, 1);
  for (const auto& [name, estimator] : estimators()) {
    BayesianLinear layer(5, 1, {.bias = false, .weight_init = nn::init::constant(0)},
                         {Gaussian{.log_variance = 0}, {}, estimator}, kGenerator);
    SampleMoments products;
    for (int i = 0; i < 4000; ++i) {
      const std::vector<double> y = layer(Variable(x)).value().to_vector<double>();
      products.add({y[0] * y[1] / 5});
    }
    const double expected = name == "weight reparametrisation" ? 1 : 0;
    BOOST_TEST(std::abs(products.mean(0) - expected) < 4.5 * products.error(0), name);
  }
}

BOOST_AUTO_TEST_CASE(a_function_is_the_same_for_all_inputs) {
  const Tensor x = float_normals({6, 3}, "x");
  for (const auto& [name, estimator] : estimators()) {
    BayesianLinear layer(3, 2, {}, {Gaussian{.log_variance = 0}, {}, estimator}, kGenerator);
    std::vector<double> first;
    {
      const FunctionDraw function(layer, 7);
      first = layer(Variable(x)).value().to_vector<double>();
      // The same rows alone, later.
      const Tensor rows = x.slice(4, 6);
      const std::vector<double> again = layer(Variable(rows)).value().to_vector<double>();
      for (std::size_t i = 0; i < again.size(); ++i) BOOST_TEST(again[i] == first[8 + i]);
    }
    {
      const FunctionDraw function(layer, 8);
      BOOST_TEST(layer(Variable(x)).value().to_vector<double>() != first);
    }
    // Afterwards the layer draws anew in each call.
    BOOST_TEST(layer(Variable(x)).value().to_vector<double>() !=
               layer(Variable(x)).value().to_vector<double>());
  }
}

BOOST_AUTO_TEST_CASE(the_radial_posterior_is_drawn_by_its_weights) {
  BOOST_CHECK_EXCEPTION(
      BayesianLinear(3, 2, {}, {Radial{}, {}, LocalReparametrization{}}, kGenerator), ValueError,
      says("not independent normal variables"));
  BayesianLinear layer(40, 50, {}, Radial{.log_variance = 0}, kGenerator);
  BOOST_TEST(layer.estimator().products() == 1);
  // A draw's distance from the mean is |r| with r ~ N(0, 1) for any number of weights.
  const NoGrad no_grad;
  SampleMoments distances;
  for (std::uint64_t i = 0; i < 2000; ++i) {
    const Variable offset = layer.weight().posterior().sample({3, i}) - layer.weight().mean();
    distances.add({item(sum(offset * offset))});
  }
  BOOST_TEST(std::abs(distances.mean(0) - 1) < 4.5 * distances.error(0));
  BOOST_TEST(std::abs(distances.variance(0) - 2) < 0.5);  // of a χ² variable
}

BOOST_AUTO_TEST_CASE(a_layer_that_cannot_fold_is_evaluated_pass_by_pass) {
  const Tensor x = float_normals({4, 3}, "x");
  BayesianLinear layer(3, 2, {}, {Gaussian{.log_variance = 0}, {}, Flipout{}}, kGenerator);
  BOOST_TEST(!layer.folds());
  BOOST_CHECK_EXCEPTION(FoldedSamples(layer, {2, 4}), ValueError, says("several samples"));
  std::vector<std::vector<double>> passes;
  Evaluation evaluation(layer, 3);
  evaluation.for_each_pass(
      x, [&](const Variable& y) { passes.push_back(y.value().to_vector<double>()); });
  BOOST_TEST(passes.size() == 3U);
  BOOST_TEST(passes[0] != passes[1]);
}

// The draw of the forward pass is that of the divergence: the estimate depends on no other noise.
BOOST_AUTO_TEST_CASE(a_divergence_without_a_closed_form_uses_the_layers_draw) {
  const Tensor x = float_normals({4, 3}, "x");
  const ScaleMixture prior{};
  BayesianLinear layer(3, 2, {.bias = false},
                       {Gaussian{.log_variance = -2}, prior, WeightReparametrization{}},
                       kGenerator);
  const Generator noise = kGenerator.split("noise");
  for (std::uint64_t i = 0; i < 3; ++i) {
    layer(Variable(x));
    const Variable draw = layer.weight().posterior().sample({noise.key(), i});
    BOOST_TEST(item(layer.kl_divergence()) == item(layer.weight().kl_divergence(draw)));
  }
  // Local reparametrisation has no draw of the weights. Two steps have different estimates, and a
  // layer's own draws do not change.
  BayesianLinear local(3, 2, {.bias = false}, {Gaussian{.log_variance = -2}, prior}, kGenerator);
  local(Variable(x));
  const double first = item(local.kl_divergence());
  BOOST_TEST(item(local.kl_divergence()) == first);
  local(Variable(x));
  BOOST_TEST(item(local.kl_divergence()) != first);
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace credence::bayes
