// Tests of the scores of predicted numbers, against scikit-learn, SciPy's integrals and roots
// (generate_metrics.py), and closed forms.
#include "bayes/metrics/regression.hpp"

#include "tests/bayes/metrics/support.hpp"

#include <numbers>

namespace credence::bayes::metrics {
namespace {

// The case in float64 or float32.
struct Case {
  explicit Case(DType dtype) : type(dtype) {}
  Tensor get(const std::string& key) const { return expected.at(key).to(type); }
  GaussianMixture mixture() const { return {get("means"), get("deviations")}; }
  GaussianMixture first() const {
    return {get("means").slice(0, 1), get("deviations").slice(0, 1)};
  }
  double number_of(const std::string& key) const { return number(expected, key); }
  double tolerance() const { return type == DType::float64 ? 1e-10 : 1e-5; }

  const Reference& expected = reference("metrics_regression");
  DType type;
};

GaussianMixture standard_normal() { return gaussian(numbers({0}), numbers({1})); }

}  // namespace

BOOST_AUTO_TEST_SUITE(metrics_regression)

BOOST_AUTO_TEST_CASE(errors_likelihood_and_crps_are_the_reference_values) {
  for (const DType dtype : {DType::float64, DType::float32}) {
    const Case c(dtype);
    const Tensor targets = c.get("targets");
    const auto near = [&](double actual, const std::string& key) {
      BOOST_TEST(std::abs(actual - c.number_of(key)) < c.tolerance() * (1 + c.number_of(key)), key);
    };
    const Tensor predictions = c.get("means").slice(0, 1).reshape(targets.shape());
    near(root_mean_squared_error(predictions, targets), "rmse");
    near(mean_absolute_error(predictions, targets), "mae");
    near(negative_log_likelihood(c.mixture(), targets), "nll");
    near(negative_log_likelihood(c.first(), targets), "nll_one");
    near(continuous_ranked_probability_score(c.mixture(), targets), "crps");
    near(continuous_ranked_probability_score(c.first(), targets), "crps_one");
    const Tensor samples = c.get("means");
    near(continuous_ranked_probability_score(samples, targets, CrpsEstimator::empirical),
         "crps_empirical");
    near(continuous_ranked_probability_score(samples, targets, CrpsEstimator::fair), "crps_fair");
  }
}

BOOST_AUTO_TEST_CASE(intervals_are_between_the_roots_that_scipy_finds) {
  for (const DType dtype : {DType::float64, DType::float32}) {
    const Case c(dtype);
    for (const int percent : {50, 90}) {
      const std::string name = std::to_string(percent);
      const Intervals intervals = central_intervals(c.mixture(), percent / 100.0);
      const Tensor ends = c.expected.at("intervals_" + name);
      const Shape rows = intervals.lower.shape();
      BOOST_TEST(largest_error(intervals.lower, ends.slice(0, 1).reshape(rows)) < c.tolerance());
      BOOST_TEST(largest_error(intervals.upper, ends.slice(1, 2).reshape(rows)) < c.tolerance());
      BOOST_TEST(std::abs(interval_coverage(intervals, c.get("targets")) -
                          c.number_of("coverage_" + name)) < 1e-11);
      BOOST_TEST(std::abs(mean_interval_width(intervals) - c.number_of("width_" + name)) <
                 10 * c.tolerance());
      const Intervals one = central_intervals(c.first(), percent / 100.0);
      const Tensor of_one = c.expected.at("gaussian_" + name);
      BOOST_TEST(largest_error(one.lower, of_one.slice(0, 1).reshape(rows)) < c.tolerance());
      BOOST_TEST(largest_error(one.upper, of_one.slice(1, 2).reshape(rows)) < c.tolerance());
    }
  }
}

BOOST_AUTO_TEST_CASE(intervals_of_a_standard_normal_are_the_tabulated_ones) {
  for (const auto& [level, z] : {std::pair{0.5, 0.674489750196082},
                                 {0.9, 1.644853626951473},
                                 {0.95, 1.959963984540054},
                                 {0.9999, 3.890591886413094}}) {
    const Intervals intervals = central_intervals(standard_normal(), level);
    BOOST_TEST(std::abs(at(intervals.upper, 0) - z) < 1e-11);
    BOOST_TEST(at(intervals.lower, 0) == -at(intervals.upper, 0));
  }
}

BOOST_AUTO_TEST_CASE(the_median_region_of_two_distant_gaussians_ends_in_them) {
  // Half of the mass is on each side, so the 50 % interval ends at their medians.
  const GaussianMixture mixture{Tensor::from<double>({2, 1}, {-100, 100}),
                                Tensor::from<double>({2, 1}, {1, 2})};
  const Intervals intervals = central_intervals(mixture, 0.5);
  BOOST_TEST(std::abs(at(intervals.lower, 0) + 100) < 1e-12);
  BOOST_TEST(std::abs(at(intervals.upper, 0) - 100) < 1e-12);
}

BOOST_AUTO_TEST_CASE(the_crps_of_a_gaussian_is_the_closed_form) {
  for (const double target : {0.0, 0.7, -3.0, 50.0}) {
    const double cdf = std::erfc(-target / std::numbers::sqrt2) / 2;
    const double pdf = std::exp(-target * target / 2) / std::sqrt(2 * std::numbers::pi);
    const double expected = target * (2 * cdf - 1) + 2 * pdf - 1 / std::sqrt(std::numbers::pi);
    BOOST_TEST(std::abs(continuous_ranked_probability_score(standard_normal(), numbers({target})) -
                        expected) < 1e-13);
  }
}

BOOST_AUTO_TEST_CASE(equal_gaussians_are_one) {
  const Case c(DType::float64);
  const Tensor targets = c.get("targets");
  const GaussianMixture one = c.first();
  std::vector<double> means;
  std::vector<double> deviations;
  for (int s = 0; s < 3; ++s) {
    for (const double value : one.means.to_vector<double>()) means.push_back(value);
    for (const double value : one.deviations.to_vector<double>()) deviations.push_back(value);
  }
  const GaussianMixture three{Tensor::from<double>({3, 9}, means),
                              Tensor::from<double>({3, 9}, deviations)};
  BOOST_TEST(std::abs(negative_log_likelihood(three, targets) -
                      negative_log_likelihood(one, targets)) < 1e-13);
  BOOST_TEST(std::abs(continuous_ranked_probability_score(three, targets) -
                      continuous_ranked_probability_score(one, targets)) < 1e-13);
}

BOOST_AUTO_TEST_CASE(the_crps_of_one_sample_is_the_absolute_error) {
  const Tensor predictions = normals({1, 8, 2}, "predictions");
  const Tensor targets = normals({8, 2}, "targets");
  BOOST_TEST(
      std::abs(continuous_ranked_probability_score(predictions, targets, CrpsEstimator::empirical) -
               mean_absolute_error(predictions.reshape({8, 2}), targets)) < 1e-15);
}

BOOST_AUTO_TEST_CASE(the_fair_estimate_from_normal_samples_has_the_mean_of_the_closed_form) {
  // Two samples for each of 200,000 targets at 0; the CRPS is 2φ(0) − 1/√π. A row's estimate,
  // (|a| + |b| − |a − b|) / 2, has a deviation below 0.6.
  const Tensor samples = normals({2, 200000}, "samples");
  const Tensor targets = Tensor::zeros({200000}, DType::float64);
  const double expected = (std::numbers::sqrt2 - 1) / std::sqrt(std::numbers::pi);
  BOOST_TEST(std::abs(continuous_ranked_probability_score(samples, targets, CrpsEstimator::fair) -
                      expected) < 4 * 0.6 / std::sqrt(200000));
}

BOOST_AUTO_TEST_CASE(a_common_offset_changes_no_score_of_samples) {
  std::vector<double> values = normals({6, 5}, "samples").to_vector<double>();
  std::vector<double> zeros(5, 0.0);
  // Multiples of 2⁻²⁰, so that the offset is added exactly.
  for (double& value : values) value = std::round(value * 0x1p20) * 0x1p-20;
  std::vector<double> far = values;
  for (double& value : far) value += 0x1p30;
  const auto score = [](const std::vector<double>& samples, double target) {
    return continuous_ranked_probability_score(Tensor::from<double>({6, 5}, samples),
                                               Tensor::full({5}, target, DType::float64),
                                               CrpsEstimator::fair);
  };
  BOOST_TEST(score(far, 0x1p30) == score(values, 0));
}

BOOST_AUTO_TEST_CASE(a_likelihood_below_the_range_of_double_has_a_finite_logarithm) {
  const double nll = negative_log_likelihood(standard_normal(), numbers({100}));
  BOOST_TEST(std::abs(nll - 5000 - std::log(2 * std::numbers::pi) / 2) < 1e-9);
}

BOOST_AUTO_TEST_CASE(the_ends_of_an_interval_belong_to_it) {
  const Intervals intervals{numbers({0, 0, 0, -kInfinity}), numbers({1, 1, 1, kInfinity})};
  BOOST_TEST(interval_coverage(intervals, numbers({0, 1, 1.5, 9})) == 0.75);
  BOOST_TEST(mean_interval_width(intervals) == kInfinity);
}

BOOST_AUTO_TEST_CASE(wrong_input_is_an_error_that_names_the_element) {
  const Tensor two = numbers({1, 2});
  const Tensor none = numbers({});
  BOOST_CHECK_THROW(root_mean_squared_error(two, numbers({1})), ShapeError);
  BOOST_CHECK_THROW(root_mean_squared_error(two.reshape({2, 1}), two), ShapeError);
  BOOST_CHECK_THROW(mean_absolute_error(none, none), ShapeError);
  BOOST_CHECK_THROW(mean_absolute_error(Tensor(), two), ShapeError);
  BOOST_CHECK_THROW(mean_absolute_error(two, two.to(DType::int64)), ShapeError);
  BOOST_CHECK_EXCEPTION(root_mean_squared_error(two, numbers({0, kNaN})), ValueError,
                        says("targets must be finite, but row 1 is nan"));
  BOOST_CHECK_EXCEPTION(mean_absolute_error(Tensor::from<double>({2, 2}, {0, 1, kInfinity, 3}),
                                            Tensor::zeros({2, 2}, DType::float64)),
                        ValueError, says("predictions must be finite, but [1, 0] is inf"));
  const GaussianMixture mixture = gaussian(two, two);
  BOOST_CHECK_NO_THROW(negative_log_likelihood(mixture, two));
  BOOST_CHECK_THROW(negative_log_likelihood({two, two}, two), ShapeError);
  BOOST_CHECK_THROW(negative_log_likelihood({mixture.means, two}, two), ShapeError);
  BOOST_CHECK_THROW(negative_log_likelihood(gaussian(none, none), none), ShapeError);
  BOOST_CHECK_THROW(
      continuous_ranked_probability_score({Tensor::zeros({0, 2}), Tensor::zeros({0, 2})}, two),
      ShapeError);
  BOOST_CHECK_EXCEPTION(negative_log_likelihood(gaussian(two, numbers({1, -1e-9})), two),
                        ValueError, says("deviations must be positive and finite, but [0, 1] is"));
  BOOST_CHECK_THROW(central_intervals(gaussian(two, numbers({0, 1})), 0.9), ValueError);
  for (const double level : {0.0, 1.0, kNaN}) {
    BOOST_CHECK_THROW(central_intervals(mixture, level), ValueError);
  }
  BOOST_CHECK_THROW(
      continuous_ranked_probability_score(two.reshape({1, 2}), two, CrpsEstimator::fair),
      ShapeError);
  BOOST_CHECK_THROW(continuous_ranked_probability_score(two, two, CrpsEstimator::empirical),
                    ShapeError);
  BOOST_CHECK_THROW(interval_coverage({two, numbers({3})}, two), ShapeError);
  BOOST_CHECK_THROW(interval_coverage({two, two}, numbers({0, kNaN})), ValueError);
  BOOST_CHECK_THROW(mean_interval_width({none, none}), ShapeError);
}

BOOST_AUTO_TEST_CASE(the_number_of_threads_changes_no_bit) {
  const Tensor means = normals({4, 300}, "means");
  const Tensor deviations = Tensor::full({4, 300}, 0.5, DType::float64);
  const Tensor targets = normals({300}, "targets");
  BOOST_TEST(same_bits_with_threads([&] {
    const GaussianMixture mixture{means, deviations};
    const Intervals intervals = central_intervals(mixture, 0.9);
    return std::vector<Tensor>{
        intervals.lower, intervals.upper,
        numbers({negative_log_likelihood(mixture, targets),
                 continuous_ranked_probability_score(mixture, targets),
                 continuous_ranked_probability_score(means, targets, CrpsEstimator::fair)})};
  }));
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace credence::bayes::metrics
