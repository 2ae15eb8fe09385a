// Tests of predictions of real targets: their moments in closed form, and the report of a data set.
#include "bayes/regression_report.hpp"

#include "bayes/layers/layers.hpp"
#include "bayes/likelihood/regression.hpp"
#include "bayes/posterior/gaussian.hpp"
#include "framework/base/error.hpp"
#include "tests/bayes/support.hpp"

#include <cmath>
#include <limits>
#include <numbers>
#include <vector>

#include <boost/test/unit_test.hpp>

namespace credence::bayes {

BOOST_AUTO_TEST_SUITE(reports_of_regressions)

namespace {

constexpr double kLogVariance = -2;  // of each weight
constexpr double kLogNoise = -1;

// y = w x + noise with w ~ N(0.5, e^-2) and the log variance of the noise −1.
struct Line : nn::Module {
  Line() { parameter(slope, "weight").value().fill(0.5); }
  Variable forward(const Variable& x) override { return noise(slope(x)); }
  void visit(nn::Visitor& visitor) override {
    visitor.module("slope", slope);
    visitor.module("noise", noise);
  }
  BayesianLinear slope{1, 1, {.bias = false}, Gaussian{.log_variance = kLogVariance}, Generator(1)};
  LearnedNoise noise{1, kLogNoise};
};

Tensor inputs() { return Tensor::from<float>({4, 1}, {-2, 0.5, 1, 3}); }
Tensor targets() { return Tensor::from<float>({4, 1}, {-1.5F, 0.2F, 0.4F, 2}); }

// Batches of three and of one sample.
FixedBatches source() {
  return FixedBatches({{inputs().slice(0, 3), targets().slice(0, 3)},
                       {inputs().slice(3, 4), targets().slice(3, 4)}});
}

double square_of(double x) { return x * x; }

}  // namespace

BOOST_AUTO_TEST_CASE(the_variance_has_two_parts) {
  Line line;
  constexpr std::int64_t kSamples = 4000;
  const PredictiveMoments m =
      predictive_moments(line, inputs(), GaussianLikelihood{}, {.samples = kSamples});
  BOOST_TEST((m.means.shape() == Shape{kSamples, 4, 1}));
  BOOST_TEST((m.epistemic.shape() == Shape{4, 1}));
  const std::vector<double> x = inputs().to_vector<double>();
  const std::vector<double> mean = m.mean.to_vector<double>();
  const std::vector<double> epistemic = m.epistemic.to_vector<double>();
  const std::vector<double> aleatoric = m.aleatoric.to_vector<double>();
  for (std::size_t n = 0; n < 4; ++n) {
    const double variance = x[n] * x[n] * std::exp(kLogVariance);
    BOOST_TEST(std::abs(mean[n] - 0.5 * x[n]) < 4.5 * std::sqrt(variance / kSamples));
    BOOST_TEST(std::abs(epistemic[n] / variance - 1) < 4.5 * std::sqrt(2.0 / kSamples));
    BOOST_TEST(std::abs(aleatoric[n] - std::exp(kLogNoise)) < 1e-5);
  }
}

BOOST_AUTO_TEST_CASE(with_the_mean_alone_all_metrics_are_those_of_one_normal_distribution) {
  Line line;
  FixedBatches data = source();
  const RegressionReport r = regression_report(line, data, GaussianLikelihood{}, {.samples = 0});
  const std::vector<double> x = inputs().to_vector<double>();
  const std::vector<double> y = targets().to_vector<double>();
  const double sigma = std::exp(0.5 * kLogNoise);
  double squares = 0;
  double absolute = 0;
  double nll = 0;
  double crps = 0;
  for (std::size_t n = 0; n < 4; ++n) {
    const double residual = y[n] - 0.5 * x[n];
    squares += residual * residual / 4;
    absolute += std::abs(residual) / 4;
    nll += 0.5 * (std::log(2 * std::numbers::pi) + kLogNoise + square_of(residual / sigma)) / 4;
    const double z = residual / sigma;
    const double density = std::exp(-0.5 * z * z) / std::sqrt(2 * std::numbers::pi);
    crps += sigma *
            (z * std::erf(z / std::numbers::sqrt2) + 2 * density - std::numbers::inv_sqrtpi) / 4;
  }
  BOOST_TEST(r.samples == 4);
  BOOST_TEST(std::abs(r.rmse - std::sqrt(squares)) < 1e-6);
  BOOST_TEST(std::abs(r.mae - absolute) < 1e-6);
  BOOST_TEST(std::abs(r.nll - nll) < 1e-6);
  BOOST_TEST(std::abs(r.crps - crps) < 1e-6);
  BOOST_TEST(r.epistemic == 0);
  BOOST_TEST(std::abs(r.aleatoric - std::exp(kLogNoise)) < 1e-6);
  BOOST_REQUIRE(r.intervals.size() == 3U);
  BOOST_TEST(r.intervals[1].level == 0.9);
  // The central 90 % of a normal distribution are 2 · 1.6449 deviations wide.
  BOOST_TEST(std::abs(r.intervals[1].width - 2 * 1.6448536 * sigma) < 1e-5);
  BOOST_TEST(r.intervals[1].coverage == 1);
  BOOST_TEST(std::abs(r.intervals[0].coverage - 0.5) < 1e-12);
}

// The predictive distribution N(0.5 x, x² e^-2 + e^-1), which many samples approach.
BOOST_AUTO_TEST_CASE(samples_average_likelihoods) {
  Line line;
  FixedBatches data = source();
  const RegressionReport r = regression_report(line, data, GaussianLikelihood{}, {.samples = 2000});
  const std::vector<double> x = inputs().to_vector<double>();
  const std::vector<double> y = targets().to_vector<double>();
  double nll = 0;
  for (std::size_t n = 0; n < 4; ++n) {
    const double variance = x[n] * x[n] * std::exp(kLogVariance) + std::exp(kLogNoise);
    nll += 0.5 *
           (std::log(2 * std::numbers::pi * variance) + square_of(y[n] - 0.5 * x[n]) / variance) /
           4;
  }
  BOOST_TEST(std::abs(r.nll - nll) < 0.02);
}

BOOST_AUTO_TEST_CASE(what_cannot_be_predicted_is_refused) {
  Line line;
  FixedBatches data = source();
  BOOST_CHECK_EXCEPTION(predictive_moments(line, inputs(), CategoricalLikelihood{}), Error,
                        says("class labels have no mean"));
  BOOST_CHECK_THROW(regression_report(line, data, GaussianLikelihood{}, {.samples = -1}),
                    ValueError);
  BOOST_CHECK_THROW(regression_report(line, data, GaussianLikelihood{}, {}, {1.5}), ValueError);
  parameter(line, "slope.weight").value().fill(std::numeric_limits<double>::quiet_NaN());
  BOOST_CHECK_EXCEPTION(regression_report(line, data, GaussianLikelihood{}), ValueError,
                        says("slope.weight"));
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace credence::bayes
