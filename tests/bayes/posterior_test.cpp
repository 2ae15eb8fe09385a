// Tests of variances and KL divergences of the posteriors: closed forms, PyTorch's values,
// gradients, and extreme parameters.
#include "bayes/posterior/gaussian.hpp"
#include "bayes/prior/normal.hpp"
#include "bayes/variational.hpp"
#include "bayes/weight_distribution.hpp"
#include "framework/autograd/gradcheck.hpp"
#include "framework/base/error.hpp"
#include "framework/ops/arithmetic.hpp"
#include "framework/ops/reduce.hpp"
#include "tests/bayes/support.hpp"
#include "tests/reference/reference.hpp"

#include <cmath>
#include <limits>

#include <boost/test/unit_test.hpp>

namespace credence::bayes {

BOOST_AUTO_TEST_SUITE(posterior)

namespace {

using Variables = std::vector<Variable>;

// Puts a variable in the place of the parameter of a weight's variance.
class SpreadSetter : public nn::Visitor {
 public:
  explicit SpreadSetter(Variable spread) : spread_(std::move(spread)) {}
  void parameter(std::string_view, Variable& parameter, nn::Role role) override {
    if (role == nn::Role::spread) parameter = spread_;
  }

 private:
  Variable spread_;
};

WeightDistribution distribution(const Variational& variational, const Variable& weight,
                                const Variable& spread) {
  WeightDistribution result(variational.posterior, variational.prior, weight);
  SpreadSetter setter(spread);
  result.visit(setter);
  return result;
}

class Names : public nn::Visitor {
 public:
  void parameter(std::string_view name, Variable&, nn::Role) override {
    found += std::string(name) + " ";
  }
  std::string found;
};

std::string parameter_names(const Posterior& posterior) {
  WeightDistribution weight(posterior, Variable(Tensor::zeros({2})));
  Names names;
  weight.visit(names);
  return names.found;
}

// The divergence per element of a weight with 1 000 equal elements.
double divergence_at(const Variational& variational, double weight) {
  const WeightDistribution w(variational.posterior, variational.prior,
                             Variable(Tensor::full({1000}, weight), true));
  return item(w.kl_divergence()) / 1000;
}

void check_gradient(const Variational& variational,
                    const std::function<Variable(const WeightDistribution&)>& function) {
  const GradcheckResult result =
      gradcheck([&](const Variables& v) { return function(distribution(variational, v[0], v[1])); },
                {normals({3, 4}, "weight"), normals({3, 4}, "spread")});
  BOOST_TEST(result.passed, result.message);
}

}  // namespace

BOOST_AUTO_TEST_CASE(the_gaussian_divergence_is_that_of_two_normal_distributions) {
  const std::string failures =
      compare_with_reference("kl_gaussian", {"weight", "log_variance"}, [](const Variables& v) {
        return distribution({Gaussian{}, Normal{.deviation = 0.7}}, v[0], v[1]).kl_divergence();
      });
  BOOST_TEST(failures == "");
}

BOOST_AUTO_TEST_CASE(the_dropout_divergence_is_that_from_the_closest_prior) {
  const Tensor weight = reference("kl_variational_dropout").at("weight");
  const std::string failures =
      compare_with_reference("kl_variational_dropout", {"log_alpha"}, [&](const Variables& v) {
        const Variable mean(weight.to(v[0].dtype()));
        return distribution(VariationalDropout{}, mean, v[0]).kl_divergence();
      });
  BOOST_TEST(failures == "");
}

BOOST_AUTO_TEST_CASE(divergences_have_the_right_derivatives) {
  const auto divergence = [](const WeightDistribution& w) { return w.kl_divergence(); };
  check_gradient({Gaussian{}, Normal{.deviation = 0.5}}, divergence);
  const GradcheckResult result = gradcheck(
      [&](const Variables& v) {
        const Variable weight(Tensor::full(v[0].shape(), 2, v[0].dtype()));
        return divergence(distribution(VariationalDropout{}, weight, v[0]));
      },
      {normals({3, 4}, "spread")});
  BOOST_TEST(result.passed, result.message);
}

BOOST_AUTO_TEST_CASE(variances_have_the_right_derivatives) {
  const auto variance = [](const WeightDistribution& w) { return w.variance(); };
  check_gradient(VariationalDropout{}, variance);
  const GradcheckResult result = gradcheck(
      [&](const Variables& v) {
        const Variable weight(Tensor::full(v[0].shape(), 2, v[0].dtype()));
        return variance(distribution(Gaussian{}, weight, v[0]));
      },
      {normals({3, 4}, "spread")});
  BOOST_TEST(result.passed, result.message);
}

BOOST_AUTO_TEST_CASE(the_spread_begins_as_asked_for) {
  const Variable weight(Tensor::full({3}, -0.5), true);
  const WeightDistribution dropout(VariationalDropout{.log_alpha = -2}, weight);
  const WeightDistribution gaussian(Gaussian{.log_variance = -3}, weight);
  BOOST_TEST(largest_error(dropout.variance().value(), Tensor::full({3}, std::exp(-2.0) / 4)) <
             1e-7);
  BOOST_TEST(largest_error(gaussian.variance().value(), Tensor::full({3}, std::exp(-3.0))) < 1e-7);
  BOOST_TEST(same_bits(dropout.mean().value(), weight.value()));
  BOOST_TEST(parameter_names(VariationalDropout{}) == "weight log_alpha ");
  BOOST_TEST(parameter_names(Gaussian{}) == "weight log_variance ");
}

BOOST_AUTO_TEST_CASE(at_a_log_alpha_of_minus_five_it_is_two_and_a_half_nats_per_weight) {
  const double divergence = divergence_at(VariationalDropout{}, 0.1);
  BOOST_TEST(std::abs(divergence - 2.5033577) < 1e-6);
  BOOST_TEST(divergence_at(VariationalDropout{}, 1e6) == divergence);
}

BOOST_AUTO_TEST_CASE(extreme_spreads_give_finite_divergences_and_gradients) {
  for (const double spread : {-80.0, 80.0}) {
    const Variable weight(Tensor::full({5}, 1e-3), true);
    WeightDistribution w(VariationalDropout{.log_alpha = spread}, weight);
    const Variable log_alpha(Tensor::full({5}, spread), true);
    SpreadSetter setter(log_alpha);
    w.visit(setter);
    const Variable divergence = w.kl_divergence();
    divergence.backward();
    // 1/2 softplus(-log alpha) and its derivative -1/2 logistic(-log alpha).
    BOOST_TEST(std::abs(item(divergence) - (spread < 0 ? 200 : 0)) < 1e-4);
    const float expected = spread < 0 ? -0.5F : 0.0F;
    for (const float gradient : log_alpha.grad().to_vector<float>()) {
      BOOST_TEST(std::abs(gradient - expected) < 1e-6F);
    }
    for (const float variance : w.variance().value().to_vector<float>()) {
      BOOST_TEST(std::isfinite(variance));
    }
  }
  BOOST_TEST(std::abs(divergence_at(Gaussian{.log_variance = -80}, 0) - 39.5) < 1e-4);
}

BOOST_AUTO_TEST_CASE(log_alpha_is_held_between_its_bounds_where_there_are_such) {
  const VariationalDropout bounded{.log_alpha = 0, .lower_bound = -8, .upper_bound = 2};
  const Variable weight(Tensor::full({4}, 3), true);
  const Variable log_alpha(Tensor::from<float>({4}, {-10, -7, 1.5, 4}), true);
  const WeightDistribution w = distribution(bounded, weight, log_alpha);
  const WeightDistribution expected = distribution(
      VariationalDropout{}, weight, Variable(Tensor::from<float>({4}, {-8, -7, 1.5, 2}), true));
  BOOST_TEST(same_bits(w.variance().value(), expected.variance().value()));
  BOOST_TEST(same_bits(w.kl_divergence().value(), expected.kl_divergence().value()));
  (sum(w.variance()) + w.kl_divergence()).backward();
  const std::vector<float> gradient = log_alpha.grad().to_vector<float>();
  BOOST_TEST(gradient[0] == 0.0F);
  BOOST_TEST(gradient[1] != 0.0F);
  BOOST_TEST(gradient[2] != 0.0F);
  BOOST_TEST(gradient[3] == 0.0F);
  // The parameter itself is not changed.
  BOOST_TEST(log_alpha.value().data<float>()[0] == -10.0F);

  const Variable one_sided(Tensor::from<float>({4}, {-80, -7, 1.5, 4}), true);
  const WeightDistribution from_above =
      distribution(VariationalDropout{.upper_bound = 2}, weight, one_sided);
  BOOST_TEST(std::abs(from_above.variance().value().data<float>()[0] - 9 * std::exp(-80.0F)) <
             1e-36F);
  BOOST_TEST(std::abs(from_above.variance().value().data<float>()[3] - 9 * std::exp(2.0F)) < 1e-4F);
}

BOOST_AUTO_TEST_CASE(an_initial_log_alpha_outside_its_bounds_is_refused) {
  const Variable weight(Tensor::zeros({2}));
  const double nan = std::numeric_limits<double>::quiet_NaN();
  for (const VariationalDropout& bad :
       {VariationalDropout{.log_alpha = -5, .lower_bound = -4},
        VariationalDropout{.log_alpha = 3, .upper_bound = 2},
        VariationalDropout{.lower_bound = nan}, VariationalDropout{.upper_bound = nan}}) {
    BOOST_CHECK_EXCEPTION(WeightDistribution(bad, weight), ValueError,
                          says("[posterior] the initial log alpha"));
  }
}

BOOST_AUTO_TEST_CASE(a_gaussian_that_is_its_prior_has_no_divergence) {
  const double divergence =
      divergence_at({Gaussian{.log_variance = 2 * std::log(0.3)}, Normal{.deviation = 0.3}}, 0);
  BOOST_TEST(std::abs(divergence) < 1e-6);
}

// The divergence, in nats, of weights with the same mean and log variance.
double gaussian_divergence(std::int64_t weights, double mean, double log_variance, double deviation,
                           DType dtype) {
  const WeightDistribution w(Gaussian{.log_variance = log_variance}, Normal{.deviation = deviation},
                             Variable(Tensor::full({weights}, mean, dtype)));
  return item(w.kl_divergence());
}

void check_relative(double actual, double expected, double tolerance) {
  BOOST_TEST(std::abs(actual - expected) <= tolerance * std::abs(expected),
             actual << " instead of " << expected);
}

BOOST_AUTO_TEST_CASE(the_gaussian_divergence_does_not_cancel,
                     *boost::unit_test::label("every_isa")) {
  for (const DType dtype : {DType::float32, DType::float64}) {
    // ½ (e^d − 1 − d) = ¼ d² (1 + d/3 + d²/12 + …) a weight.
    const double d = dtype == DType::float32 ? static_cast<double>(1e-3F) : 1e-3;
    const double each = 0.25 * d * d * (1 + d / 3 + d * d / 12);
    check_relative(gaussian_divergence(1000, 0, 1e-3, 1, dtype), 1000 * each, 1e-5);
    check_relative(gaussian_divergence(14'700'000, 0, 1e-3, 1, dtype), 14.7e6 * each, 1e-5);
    check_relative(14.7e6 * each, 3.676, 1e-3);
    const double same = 2 * std::log(0.05);
    BOOST_TEST(gaussian_divergence(1'000'000, 0, same, 0.05, dtype) == 0);
    // It is never negative near the prior.
    for (int i = -40; i <= 40; ++i) {
      BOOST_TEST(gaussian_divergence(1000, 0, same + 1e-7 * i, 0.05, dtype) >= 0);
    }
    // ½ (σ²/s² − 1 − log σ²/s²) with σ² = e⁻¹⁰.
    check_relative(gaussian_divergence(10, 0, -10, 1e-20, dtype), 5 * std::exp(-10.0) * 1e40, 1e-4);
    check_relative(gaussian_divergence(10, 0.3, -10, 1e200, dtype),
                   5 * (-1 + 10 + 400 * std::log(10.0)), 1e-5);
    // ½ (w / s)² where s² is too small for a number of float32.
    check_relative(gaussian_divergence(10, 1e-18, 2 * std::log(1e-22), 1e-22, dtype), 5e8, 1e-5);
    check_relative(gaussian_divergence(10, 3, 0, 1, dtype), 45, 1e-6);
  }
}

BOOST_AUTO_TEST_CASE(gradients_of_the_gaussian_divergence_are_those_of_its_terms,
                     *boost::unit_test::label("every_isa")) {
  struct Case {
    double mean, log_variance, deviation;
  };
  for (const Case& c : {Case{0.25, 1e-3, 1}, Case{-0.5, -10, 0.05}, Case{1e-18, -90, 1e-20},
                        Case{0.3, -10, 1e200}}) {
    const Variable weight(Tensor::full({3}, c.mean), true);
    const Variable spread(Tensor::full({3}, c.log_variance), true);
    distribution({Gaussian{}, Normal{.deviation = c.deviation}}, weight, spread)
        .kl_divergence()
        .backward();
    // w / s² and ½ (σ²/s² − 1).
    check_relative(weight.grad().to_vector<double>()[2], c.mean / c.deviation / c.deviation, 1e-6);
    check_relative(spread.grad().to_vector<double>()[2],
                   0.5 * std::expm1(c.log_variance - 2 * std::log(c.deviation)), 2e-5);
  }
}

BOOST_AUTO_TEST_CASE(a_weight_of_zero_has_no_variance_however_large_alpha_is,
                     *boost::unit_test::label("every_isa")) {
  for (const double log_alpha : {90.0, 300.0}) {
    const Variable weight(Tensor::zeros({11}), true);
    WeightDistribution w(VariationalDropout{.log_alpha = log_alpha}, weight);
    const Variable variance = w.variance();
    (sum(variance) + w.kl_divergence()).backward();
    for (const float value : variance.value().to_vector<float>()) BOOST_TEST(value == 0.0F);
    for (const float gradient : weight.grad().to_vector<float>()) BOOST_TEST(gradient == 0.0F);
  }
}

BOOST_AUTO_TEST_CASE(a_prior_too_narrow_for_the_type_is_refused) {
  const Variable weight(Tensor::zeros({2}));
  const Variable wide(Tensor::zeros({2}, DType::float64));
  BOOST_CHECK_EXCEPTION(WeightDistribution(Gaussian{}, Normal{.deviation = 1e-40}, weight),
                        ValueError, says("[prior] the deviation 1e-40 is too small for float32"));
  BOOST_TEST(item(WeightDistribution(Gaussian{.log_variance = -80 * std::log(10.0)},
                                     Normal{.deviation = 1e-40}, wide)
                      .kl_divergence()) < 1e-20);
  BOOST_CHECK_THROW(WeightDistribution(Gaussian{}, Normal{.deviation = 1e-310}, wide), ValueError);
  BOOST_CHECK_EXCEPTION(WeightDistribution(Gaussian{.log_variance = 1e39}, weight), ValueError,
                        says("[posterior] the initial log variance must be finite"));
}

BOOST_AUTO_TEST_CASE(bad_settings_are_refused) {
  const Variable weight(Tensor::zeros({2}));
  const double nan = std::numeric_limits<double>::quiet_NaN();
  const double infinity = std::numeric_limits<double>::infinity();
  for (const double bad : {nan, -infinity}) {
    BOOST_CHECK_EXCEPTION(WeightDistribution(VariationalDropout{.log_alpha = bad}, weight),
                          ValueError, says("[posterior] the initial log alpha must be finite"));
  }
  BOOST_CHECK_EXCEPTION(WeightDistribution(Gaussian{.log_variance = infinity}, weight), ValueError,
                        says("[posterior] the initial log variance must be finite"));
  BOOST_CHECK_EXCEPTION(
      WeightDistribution(Gaussian{.log_variance = -2, .largest_deviation = 0.1}, weight),
      ValueError, says("is not between its bounds"));
  for (const double deviation : {0.0, -1.0, nan, infinity}) {
    BOOST_CHECK_EXCEPTION(WeightDistribution(Gaussian{}, Normal{.deviation = deviation}, weight),
                          ValueError, says("[prior] the deviation must be positive"));
  }
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace credence::bayes
