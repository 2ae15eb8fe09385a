// Tests of the divergences of posteriors from priors against numerical integration of their
// definition, KL = ∫ q(w) (log q(w) − log p(w)) dw, in double precision.
#include "bayes/posterior/gaussian.hpp"
#include "bayes/posterior/radial.hpp"
#include "bayes/posterior/variational_dropout.hpp"
#include "bayes/prior/ard.hpp"
#include "bayes/prior/group_ard.hpp"
#include "bayes/prior/log_uniform.hpp"
#include "bayes/prior/normal.hpp"
#include "bayes/prior/scale_mixture.hpp"
#include "bayes/weight_distribution.hpp"
#include "framework/base/error.hpp"
#include "framework/ops/arithmetic.hpp"
#include "tests/bayes/support.hpp"

#include <cmath>
#include <functional>
#include <numbers>
#include <string>
#include <utility>
#include <vector>

#include <boost/test/unit_test.hpp>

namespace credence::bayes {

BOOST_AUTO_TEST_SUITE(divergence, *boost::unit_test::label("every_isa"))

namespace {

using Function = std::function<double(double)>;
constexpr double kPi = std::numbers::pi;

double log_normal_density(double w, double mean, double deviation) {
  const double z = (w - mean) / deviation;
  return -0.5 * z * z - std::log(deviation) - 0.5 * std::log(2 * kPi);
}

// The trapezoidal rule, whose error vanishes exponentially for these integrands.
double integral(double low, double high, int steps, const Function& f) {
  const double h = (high - low) / steps;
  double sum = 0.5 * (f(low) + f(high));
  for (int i = 1; i < steps; ++i) sum += f(low + i * h);
  return sum * h;
}

// E[f(w)] for w ~ N(mean, deviation²), with |w| = e^t on both sides of 0, so that a singularity
// there does no harm.
double expectation(double mean, double deviation, const Function& f) {
  const auto side = [&](double sign) {
    const double highest = std::log(std::abs(mean) + 14 * deviation);
    return integral(highest - 60, highest, 100'000, [&](double t) {
      const double w = sign * std::exp(t);
      return std::exp(log_normal_density(w, mean, deviation) + t) * f(w);
    });
  };
  return side(1) + side(-1);
}

double divergence_of_normal(double mean, double deviation, const Function& log_prior) {
  return expectation(mean, deviation, [&](double w) {
    return log_normal_density(w, mean, deviation) - log_prior(w);
  });
}

// Sets the parameter of the spread.
class SpreadSetter : public nn::Visitor {
 public:
  explicit SpreadSetter(Tensor values) : values_(std::move(values)) {}
  using nn::Visitor::parameter;
  void parameter(std::string_view, Variable& parameter_, nn::Role role) override {
    if (role == nn::Role::spread) parameter_.value().copy_from(values_);
  }

 private:
  Tensor values_;
};

struct Setting {
  double mean, log_variance;
};
const std::vector<Setting> kSettings{{0.3, -2},  {-0.7, -5},  {0.05, -4},  {1.5, 0.5}, {-2, -8},
                                     {0.01, -6}, {0.9, -0.1}, {-0.25, -3}, {3, 1.2},   {0.6, -10}};

double mixture(double w, const ScaleMixture& p) {
  return std::log(p.weight * std::exp(log_normal_density(w, 0, p.first_deviation)) +
                  (1 - p.weight) * std::exp(log_normal_density(w, 0, p.second_deviation)));
}

constexpr std::int64_t kWeights = 100;

// The divergence of each of many equal weights in float32.
double closed_form(const Posterior& posterior, const Prior& prior, double mean) {
  const WeightDistribution w(posterior, prior, Variable(Tensor::full({kWeights}, mean)));
  BOOST_TEST_REQUIRE(w.has_closed_form());
  return item(w.kl_divergence()) / kWeights;
}

void check_close(double actual, double expected, double tolerance, const std::string& name) {
  BOOST_TEST(std::abs(actual - expected) <= tolerance * std::abs(expected),
             name << ": " << actual << " instead of " << expected);
  BOOST_TEST(actual >= 0, name << ": " << actual);
}

// As float32 holds it, which is what the posterior has.
double rounded(double x) { return static_cast<double>(static_cast<float>(x)); }

// Each setting with both parametrisations of a normal posterior.
void check_normal_posteriors(const Prior& prior, const std::string& name,
                             const std::function<double(double mean, double deviation)>& expected,
                             double tolerance = 1e-5) {
  for (const auto& [mean, log_variance] : kSettings) {
    const double exact = expected(rounded(mean), std::exp(0.5 * rounded(log_variance)));
    check_close(closed_form(Gaussian{.log_variance = log_variance}, prior, mean), exact, tolerance,
                "Gaussian, " + name);
    const double log_alpha = log_variance - 2 * std::log(std::abs(mean));
    const double deviation = std::abs(rounded(mean)) * std::exp(0.5 * rounded(log_alpha));
    check_close(closed_form(VariationalDropout{.log_alpha = log_alpha}, prior, mean),
                expected(rounded(mean), deviation), tolerance, "VariationalDropout, " + name);
  }
}

}  // namespace

BOOST_AUTO_TEST_CASE(from_normal_priors) {
  for (const double s : {1.0, 0.3}) {
    check_normal_posteriors(Normal{.deviation = s}, "Normal", [&](double mean, double deviation) {
      return divergence_of_normal(mean, deviation,
                                  [&](double w) { return log_normal_density(w, 0, s); });
    });
    check_normal_posteriors(Normal{.deviation = s, .learned = true}, "learned Normal",
                            [&](double mean, double deviation) {
                              return divergence_of_normal(mean, deviation, [&](double w) {
                                return log_normal_density(w, 0, s);
                              });
                            });
    check_normal_posteriors(Normal{.deviation = s, .centre = Centre::posterior}, "tied Normal",
                            [&](double mean, double deviation) {
                              return divergence_of_normal(mean, deviation, [&](double w) {
                                return log_normal_density(w, mean, s);
                              });
                            });
  }
}

BOOST_AUTO_TEST_CASE(from_a_normal_prior_around_given_weights) {
  for (const auto& [start, log_variance] : kSettings) {
    const double mean = start;  // clang 14 captures no structured bindings
    const Variable weight(Tensor::full({kWeights}, mean), true);
    const WeightDistribution w(Gaussian{.log_variance = log_variance},
                               Normal{.deviation = 0.5, .centre = Centre::weights}, weight);
    // The posterior's mean moves; the prior stays where it started.
    weight.value().fill(mean + 0.4);
    const double moved = rounded(mean + 0.4);
    const double expected =
        divergence_of_normal(moved, std::exp(0.5 * rounded(log_variance)),
                             [&](double x) { return log_normal_density(x, rounded(mean), 0.5); });
    check_close(item(w.kl_divergence()) / kWeights, expected, 1e-5, "around weights");
  }
}

BOOST_AUTO_TEST_CASE(from_automatic_relevance_determination) {
  check_normal_posteriors(Ard{}, "Ard", [](double mean, double deviation) {
    const double s = std::hypot(mean, deviation);
    return divergence_of_normal(mean, deviation,
                                [&](double w) { return log_normal_density(w, 0, s); });
  });
}

// Each row has its own deviation s: no other one gives a smaller divergence.
BOOST_AUTO_TEST_CASE(from_a_normal_prior_for_each_row) {
  const std::vector<double> means{0.3, -0.2, 0.05, 1.5, 0.7, -0.9};
  const std::vector<double> deviations{0.1, 0.4, 0.2, 0.3, 0.05, 0.6};
  std::vector<double> log_variances;
  for (const double s : deviations) log_variances.push_back(2 * std::log(s));
  for (const Shape& shape : {Shape{2, 3}, Shape{2, 1, 3}, Shape{6}}) {
    const std::size_t rows = shape.rank() == 1 ? 6 : 2;
    const std::size_t n = means.size() / rows;
    WeightDistribution w(Gaussian{}, GroupArd{}, Variable(Tensor::from(shape, means), true));
    SpreadSetter setter(Tensor::from(shape, log_variances));
    w.visit(setter);
    const auto divergence = [&](double factor) {
      double total = 0;
      for (std::size_t row = 0; row < rows; ++row) {
        double second_moment = 0;
        for (std::size_t i = row * n; i < (row + 1) * n; ++i) {
          second_moment += means[i] * means[i] + deviations[i] * deviations[i];
        }
        const double s = factor * std::sqrt(second_moment / static_cast<double>(n));
        for (std::size_t i = row * n; i < (row + 1) * n; ++i) {
          total += divergence_of_normal(means[i], deviations[i],
                                        [&](double x) { return log_normal_density(x, 0, s); });
        }
      }
      return total;
    };
    const double kl = item(w.kl_divergence());
    check_close(kl, divergence(1), 1e-9, "row by row");
    BOOST_TEST(kl < divergence(1.05));
    BOOST_TEST(kl < divergence(0.95));
  }
  BOOST_CHECK_THROW(WeightDistribution(Radial{}, GroupArd{}, Variable(Tensor::zeros({2, 2}), true)),
                    ValueError);
}

BOOST_AUTO_TEST_CASE(from_the_log_uniform_prior) {
  // The constant for which the divergence vanishes as α grows; see log_uniform.cpp.
  const double constant =
      0.5 * std::log(2 * kPi * std::numbers::e) + 0.5 * (std::numbers::egamma + std::numbers::ln2);
  const auto exact = [&](double mean, double deviation) {
    return divergence_of_normal(mean, deviation,
                                [&](double w) { return -std::log(std::abs(w)) - constant; });
  };
  check_normal_posteriors(LogUniform{.form = LogUniformForm::exact}, "exact log-uniform", exact);
  // The largest distances are over all α for Molchanov's form and over α ≤ 1 for Kingma's.
  for (double log_alpha = -10; log_alpha <= 8; log_alpha += 0.25) {
    const double expected = exact(1, std::exp(0.5 * log_alpha));
    const auto at = [&](LogUniformForm form) {
      return closed_form(VariationalDropout{.log_alpha = log_alpha}, LogUniform{.form = form}, 1);
    };
    BOOST_TEST(std::abs(at(LogUniformForm::exact) - expected) < 2e-6 * (1 + expected));
    BOOST_TEST(std::abs(at(LogUniformForm::molchanov) - expected) < 0.011);
    if (log_alpha <= 0) BOOST_TEST(std::abs(at(LogUniformForm::kingma) - expected) < 0.041);
  }
}

BOOST_AUTO_TEST_CASE(of_additive_dropout_depends_on_mean_and_variance) {
  for (const auto& [mean, log_variance] : kSettings) {
    const double log_alpha = log_variance - std::log(mean * mean + 1e-8);
    for (const Prior& prior : {Prior(Ard{}), Prior(LogUniform{})}) {
      const double multiplicative =
          closed_form(VariationalDropout{.log_alpha = log_alpha}, prior, mean);
      check_close(closed_form(AdditiveDropout{.log_alpha = log_alpha}, prior, mean), multiplicative,
                  1e-4, "additive");
    }
  }
}

// The divergence of a radial posterior of two weights: polar coordinates around the mean.
double radial_divergence(const std::vector<double>& mean, double deviation,
                         const Function& log_prior) {
  return integral(-50, std::log(14), 20'000, [&](double t) {
    const double r = std::exp(t);
    const double density = std::sqrt(2 / kPi) * std::exp(-0.5 * r * r);
    constexpr int kAngles = 64;
    double prior = 0;
    for (int i = 0; i < kAngles; ++i) {
      const double angle = 2 * kPi * i / kAngles;
      prior += log_prior(mean[0] + deviation * r * std::cos(angle)) +
               log_prior(mean[1] + deviation * r * std::sin(angle));
    }
    const double log_q = std::log(density) - std::log(2 * kPi * r) - 2 * std::log(deviation);
    return density * r * (log_q - prior / kAngles);
  });
}

BOOST_AUTO_TEST_CASE(of_the_radial_posterior_from_a_normal_prior) {
  for (const auto& [mean, log_variance] : kSettings) {
    const std::vector<double> means{rounded(mean), rounded(mean / 2)};
    const Variable weight(Tensor::from(
        {2}, std::vector<float>{static_cast<float>(mean), static_cast<float>(mean / 2)}));
    const Radial posterior{.log_variance = log_variance};
    const double expected =
        radial_divergence(means, std::exp(0.5 * rounded(log_variance)),
                          [](double w) { return log_normal_density(w, 0, 0.7); });
    check_close(
        item(WeightDistribution(posterior, Normal{.deviation = 0.7}, weight).kl_divergence()),
        expected, 1e-5, "radial");
    // With one weight the radial posterior is the Gaussian one.
    const Variable one(Tensor::full({1}, mean));
    const double gaussian =
        item(WeightDistribution(Gaussian{.log_variance = log_variance}, one).kl_divergence());
    check_close(item(WeightDistribution(posterior, one).kl_divergence()), gaussian, 1e-5,
                "radial with one weight");
  }
}

// Checks that the mean of estimates is the expected value within four of its standard errors.
void check_unbiased(const WeightDistribution& w, int draws, double parts, double expected) {
  double sum = 0;
  double squares = 0;
  for (int i = 0; i < draws; ++i) {
    const Variable draw = w.posterior().sample({42, static_cast<std::uint64_t>(i)});
    const double estimate = item(w.kl_divergence(draw)) / parts;
    sum += estimate;
    squares += estimate * estimate;
  }
  const double mean = sum / draws;
  const double error = std::sqrt(std::max(squares / draws - mean * mean, 0.0) / draws);
  BOOST_TEST(std::abs(mean - expected) <= 4 * error + 1e-5 * std::abs(expected),
             mean << " ± " << error << " instead of " << expected);
}

BOOST_AUTO_TEST_CASE(estimates_from_draws_are_unbiased) {
  constexpr std::int64_t kMany = 1000;
  constexpr int kDraws = 100;  // of 1000 weights each
  for (const auto& [mean, log_variance] : kSettings) {
    const ScaleMixture prior{.weight = 0.3, .second_deviation = 0.1};
    const WeightDistribution w(Gaussian{.log_variance = log_variance}, prior,
                               Variable(Tensor::full({kMany}, mean)));
    BOOST_TEST(!w.has_closed_form());
    check_unbiased(w, kDraws, kMany,
                   divergence_of_normal(rounded(mean), std::exp(0.5 * rounded(log_variance)),
                                        [&](double x) { return mixture(x, prior); }));
  }
  // A normal prior's estimates have its closed form as their mean.
  const WeightDistribution normal(Gaussian{.log_variance = -2}, Normal{.deviation = 0.4},
                                  Variable(Tensor::full({kMany}, 0.3)));
  check_unbiased(normal, kDraws, kMany, item(normal.kl_divergence()) / kMany);
  const WeightDistribution uniform(Gaussian{.log_variance = -2}, LogUniform{LogUniformForm::exact},
                                   Variable(Tensor::full({kMany}, 0.3)));
  check_unbiased(uniform, kDraws, kMany, item(uniform.kl_divergence()) / kMany);
}

BOOST_AUTO_TEST_CASE(estimates_of_the_radial_posterior_are_unbiased) {
  const ScaleMixture prior{.weight = 0.3, .second_deviation = 0.1};
  const Variable weight(Tensor::from<float>({2}, {0.5F, 0.25F}));
  const WeightDistribution w(Radial{.log_variance = -1}, prior, weight);
  BOOST_TEST(!w.has_closed_form());
  check_unbiased(w, 100'000, 1, radial_divergence({0.5, 0.25}, std::exp(-0.5), [&](double x) {
                   return mixture(x, prior);
                 }));
}

BOOST_AUTO_TEST_CASE(a_scale_mixture_is_finite_far_outside_both_distributions) {
  const WeightDistribution w(Gaussian{.log_variance = -10}, ScaleMixture{},
                             Variable(Tensor::full({3}, 60), true));
  const Variable kl = w.kl_divergence(w.posterior().sample({1, 0}));
  BOOST_TEST(std::isfinite(item(kl)));
  kl.backward();
  // ½ (60 / s₁)² is the largest part of each weight's divergence.
  BOOST_TEST(std::abs(item(kl) / 3 - 1800) < 30);
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace credence::bayes
