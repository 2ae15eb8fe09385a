// Tests of the Bayesian transposed convolutions: mean mode, the moments of outputs, gradients.
#include "bayes/layers/transposed_convolution.hpp"

#include "bayes/estimator/flipout.hpp"
#include "bayes/estimator/weight_reparametrization.hpp"
#include "bayes/posterior/gaussian.hpp"
#include "framework/base/error.hpp"
#include "framework/nn/gradcheck.hpp"
#include "framework/ops/arithmetic.hpp"
#include "framework/ops/reduce.hpp"
#include "tests/bayes/support.hpp"

#include <cmath>
#include <string>
#include <vector>

#include <boost/test/unit_test.hpp>

namespace credence::bayes {

BOOST_AUTO_TEST_SUITE(bayesian_transposed_convolution, *boost::unit_test::label("every_isa"))

namespace {

const Generator kGenerator(3);

const nn::ConvTransposeOptions kOptions{
    .kernel = 3, .stride = 2, .padding = 1, .output_padding = 1, .dilation = 2, .groups = 2};

template <int Dimensions>
void check_mean_mode(const Shape& input) {
  nn::ConvTranspose<Dimensions> frequentist(4, 6, kOptions, kGenerator);
  BayesianConvTranspose<Dimensions> bayesian(4, 6, kOptions, Gaussian{}, kGenerator);
  bayesian.set_sampling(Sampling::mean);
  const Tensor x = float_normals(input, "x");
  for (const nn::NamedParameter& p : nn::parameters(frequentist)) {
    BOOST_TEST(same_bits(parameter(bayesian, p.name).value(), p.parameter->value()));
  }
  const Variable y = frequentist(Variable(x));
  const Variable bayesian_y = bayesian(Variable(x));
  BOOST_TEST(same_bits(bayesian_y.value(), y.value()));
  BOOST_TEST(bayesian.multiply_adds(input, y.shape()) ==
             frequentist.multiply_adds(input, y.shape()));
  BOOST_TEST(bayesian.type_name() == "Bayesian" + frequentist.type_name());
}

}  // namespace

BOOST_AUTO_TEST_CASE(mean_mode_is_the_frequentist_layer) {
  check_mean_mode<1>({2, 4, 5});
  check_mean_mode<2>({2, 4, 5, 3});
  check_mean_mode<3>({2, 4, 3, 2, 4});
}

// E[y] is the transposed convolution with the mean, Var[y] that of x² with the variance.
BOOST_AUTO_TEST_CASE(outputs_have_the_moments_of_random_weights) {
  const NoGrad no_grad;
  const Tensor x = float_normals({2, 4, 3, 2}, "x");
  for (const Estimator& estimator :
       {Estimator(), Estimator(WeightReparametrization{}), Estimator(Flipout{})}) {
    BayesianConvTranspose2d layer(4, 6, kOptions, {Gaussian{.log_variance = -2}, {}, estimator},
                                  kGenerator);
    const nn::ConvTranspose2d frequentist(4, 6, kOptions, kGenerator);
    const TransposedConvolutionOptions options = kOptions.convolution();
    const Variable weight = parameter(layer, "weight");
    const std::vector<double> mean =
        transposed_convolution(Variable(x), weight, parameter(layer, "bias"), options)
            .value()
            .to_vector<double>();
    const Variable variances(Tensor::full(weight.shape(), std::exp(-2.0)));
    const std::vector<double> variance =
        transposed_convolution(Variable(x) * Variable(x), variances, {}, options)
            .value()
            .to_vector<double>();
    std::vector<double> sums(mean.size());
    std::vector<double> squares(mean.size());
    constexpr int kDraws = 2000;
    for (int draw = 0; draw < kDraws; ++draw) {
      const std::vector<double> y = layer(Variable(x)).value().to_vector<double>();
      for (std::size_t i = 0; i < y.size(); ++i) {
        sums[i] += y[i] - mean[i];
        squares[i] += (y[i] - mean[i]) * (y[i] - mean[i]);
      }
    }
    for (std::size_t i = 0; i < mean.size(); ++i) {
      BOOST_TEST(std::abs(sums[i] / kDraws) < 4.5 * std::sqrt(variance[i] / kDraws) + 1e-4);
      BOOST_TEST(std::abs(squares[i] / kDraws - variance[i]) <
                 4.5 * std::sqrt(2.0 / kDraws) * variance[i] + 1e-4);
    }
  }
}

BOOST_AUTO_TEST_CASE(gradients_are_those_of_central_differences) {
  BayesianConvTranspose2d layer(4, 6, kOptions, Gaussian{.log_variance = -1}, kGenerator);
  const GradcheckResult result = nn::gradcheck(layer, normals({2, 4, 3, 2}, "x"));
  BOOST_TEST(result.passed, result.message);
}

BOOST_AUTO_TEST_CASE(errors_name_the_layer) {
  BOOST_CHECK_EXCEPTION(
      BayesianConvTranspose2d(3, 4, {.kernel = 3, .groups = 2}, Gaussian{}, kGenerator), ValueError,
      says("[ConvTranspose2d] channels must be positive and divisible by the groups"));
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace credence::bayes
