// Tests of detection by scores, against scikit-learn and SciPy (generate_metrics.py) and against
// bayes/uncertainty.
#include "bayes/metrics/detection.hpp"

#include "bayes/uncertainty.hpp"
#include "framework/ops/pointwise.hpp"
#include "tests/bayes/metrics/support.hpp"

namespace credence::bayes::metrics {
namespace {

Tensor without_first(const std::vector<double>& values) {
  return numbers(std::vector<double>(values.begin() + 1, values.end()));
}

Tensor negated(const Tensor& x) {
  std::vector<double> values = x.to_vector<double>();
  for (double& value : values) value = -value;
  return numbers(values);
}

}  // namespace

BOOST_AUTO_TEST_SUITE(metrics_detection)

BOOST_AUTO_TEST_CASE(curves_and_areas_are_those_of_scikit_learn_with_equal_scores_too) {
  for (const char* name : {"metrics_detection", "metrics_detection_ties"}) {
    const Reference& expected = reference(name);
    const Tensor& positives = expected.at("positives");
    const Tensor& negatives = expected.at("negatives");
    const RocCurve curve = roc_curve(positives, negatives);
    BOOST_TEST(curve.threshold[0] == kInfinity);
    BOOST_TEST(largest_error(without_first(curve.threshold), expected.at("threshold")) < 1e-11);
    BOOST_TEST(largest_error(numbers(curve.false_positive_rate),
                             expected.at("false_positive_rate")) < 1e-11);
    BOOST_TEST(largest_error(numbers(curve.true_positive_rate), expected.at("true_positive_rate")) <
               1e-11);
    for (const DType dtype : {DType::float64, DType::float32}) {
      const Tensor p = positives.to(dtype);
      const Tensor n = negatives.to(dtype);
      BOOST_TEST(std::abs(area_under_roc(p, n) - number(expected, "auroc")) < 1e-11);
      BOOST_TEST(std::abs(average_precision(p, n) - number(expected, "average_precision")) < 1e-11);
      BOOST_TEST(std::abs(false_positive_rate_at(p, n) - number(expected, "fpr95")) < 1e-11);
      BOOST_TEST(std::abs(false_positive_rate_at(p, n, 0.8) - number(expected, "fpr80")) < 1e-11);
    }
  }
}

BOOST_AUTO_TEST_CASE(kinds_that_change_places_and_sign_have_the_same_auroc) {
  const Reference& expected = reference("metrics_detection_ties");
  const Tensor& positives = expected.at("positives");
  const Tensor& negatives = expected.at("negatives");
  BOOST_TEST(area_under_roc(negated(negatives), negated(positives)) ==
             area_under_roc(positives, negatives));
}

BOOST_AUTO_TEST_CASE(scores_that_separate_the_kinds_or_say_nothing) {
  const Tensor high = numbers({2, 3, kInfinity});
  const Tensor low = numbers({1, -kInfinity});
  BOOST_TEST(area_under_roc(high, low) == 1);
  BOOST_TEST(average_precision(high, low) == 1);
  BOOST_TEST(false_positive_rate_at(high, low, 1) == 0);
  BOOST_TEST(area_under_roc(low, high) == 0);
  BOOST_TEST(false_positive_rate_at(low, high) == 1);
  const Tensor same = numbers({5, 5, 5});
  BOOST_TEST(area_under_roc(same, same) == 0.5);
  BOOST_TEST(average_precision(same, same) == 0.5);
  BOOST_TEST(false_positive_rate_at(same, same) == 1);
  BOOST_TEST(area_under_roc(numbers({1}), numbers({0})) == 1);
}

BOOST_AUTO_TEST_CASE(nineteen_of_twenty_are_95_percent) {
  std::vector<double> positives;
  for (int i = 0; i < 20; ++i) positives.push_back(i);
  // All but the positive 0 are at least 1; one negative of four is.
  BOOST_TEST(false_positive_rate_at(numbers(positives), numbers({0.5, 0.5, 1, -1})) == 0.25);
}

BOOST_AUTO_TEST_CASE(the_area_of_two_normal_distributions_is_the_closed_form) {
  // P(X > Y) = Φ(1 / √2) for X ~ N(1, 1), Y ~ N(0, 1). The standard error for 20,000 scores of each
  // kind is below √(1/(12 · 10,000)) = 0.0029.
  const Tensor positives = normals({20000}, "positives");
  for (std::int64_t i = 0; i < 20000; ++i) positives.data<double>()[i] += 1;
  BOOST_TEST(std::abs(area_under_roc(positives, normals({20000}, "negatives")) -
                      std::erfc(-0.5) / 2) < 4 * 0.0029);
}

BOOST_AUTO_TEST_CASE(one_kind_alone_and_wrong_input_are_errors) {
  const Tensor some = numbers({1, 2});
  const Tensor none = numbers({});
  BOOST_CHECK_EXCEPTION(area_under_roc(some, none), ValueError, says("both kinds"));
  BOOST_CHECK_THROW(area_under_roc(none, some), ValueError);
  BOOST_CHECK_THROW(average_precision(none, some), ValueError);
  BOOST_CHECK_THROW(false_positive_rate_at(some, none), ValueError);
  BOOST_CHECK_THROW(roc_curve(some, none), ValueError);
  BOOST_CHECK_EXCEPTION(roc_curve(numbers({0, 0, kNaN}), some), ValueError,
                        says("positive scores must be numbers, but row 2 is nan"));
  BOOST_CHECK_THROW(roc_curve(some.reshape({1, 2}), some), ShapeError);
  BOOST_CHECK_THROW(roc_curve(some, Tensor()), ShapeError);
  BOOST_CHECK_THROW(roc_curve(some, labels_from({1})), ShapeError);
  for (const double rate : {0.0, 1.5, kNaN}) {
    BOOST_CHECK_THROW(false_positive_rate_at(some, some, rate), ValueError);
  }
}

BOOST_AUTO_TEST_CASE(scores_of_predictions_are_those_of_scipy) {
  const Reference& expected = reference("metrics_scores");
  const Tensor mean = mean_log_probabilities(expected.at("samples"));
  BOOST_TEST(largest_error(mean, expected.at("mean")) < 1e-10);
  in_both_precisions(expected.at("mean"), [&](const Tensor& log_p, double tolerance) {
    BOOST_TEST(largest_error(max_probability(log_p), expected.at("max_probability")) < tolerance);
    BOOST_TEST(largest_error(predictive_entropy(log_p), expected.at("entropy")) < tolerance);
  });
  in_both_precisions(expected.at("samples"), [&](const Tensor& samples, double tolerance) {
    BOOST_TEST(largest_error(mutual_information(samples), expected.at("mutual_information")) <
               tolerance);
    BOOST_TEST(largest_error(mean_log_probabilities(samples), expected.at("mean")) < tolerance);
  });
  in_both_precisions(expected.at("logits"), [&](const Tensor& logits, double tolerance) {
    BOOST_TEST(largest_error(energy(logits), expected.at("energy")) < tolerance);
  });
}

BOOST_AUTO_TEST_CASE(entropy_and_mutual_information_are_those_of_the_uncertainty) {
  const Tensor samples = random_log_probabilities({5, 300, 6}, "samples");
  const Uncertainty u = from_probabilities(exp(Variable(samples)).value());
  BOOST_TEST(largest_error(predictive_entropy(mean_log_probabilities(samples)), u.entropy) < 1e-14);
  BOOST_TEST(largest_error(mutual_information(samples), u.mutual_information) < 1e-14);
}

BOOST_AUTO_TEST_CASE(scores_at_the_ends_of_the_range) {
  const Tensor certain = logs_of(3, {0, 1, 0});
  BOOST_TEST(at(max_probability(certain), 0) == 1);
  BOOST_TEST(at(predictive_entropy(certain), 0) == 0);
  BOOST_TEST(std::abs(at(predictive_entropy(logs_of(4, {.25, .25, .25, .25})), 0) - std::log(4)) <
             1e-15);
  // Two certain samples that disagree.
  const Tensor samples = logs_of(2, {1, 0, 0, 1}).reshape({2, 1, 2});
  BOOST_TEST(std::abs(at(mutual_information(samples), 0) - std::log(2)) < 1e-15);
  BOOST_TEST(std::abs(at(mean_log_probabilities(samples), 1) + std::log(2)) < 1e-15);
  BOOST_TEST(at(mutual_information(certain.reshape({1, 1, 3})), 0) == 0);
  BOOST_TEST(at(mean_log_probabilities(certain.reshape({1, 1, 3})), 0) == -kInfinity);
  // Neither 1000 nor −1000 leaves the range; −∞ adds nothing.
  BOOST_TEST(at(energy(Tensor::from<double>({1, 2}, {1000, 1000})), 0) == -1000 - std::log(2));
  BOOST_TEST(at(energy(Tensor::from<double>({1, 2}, {-1000, -kInfinity})), 0) == 1000);
}

BOOST_AUTO_TEST_CASE(no_rows_have_no_scores_and_wrong_input_is_an_error) {
  const Tensor none = Tensor::zeros({0, 3}, DType::float32);
  for (const Tensor& scores : {max_probability(none), predictive_entropy(none), energy(none),
                               mutual_information(Tensor::zeros({2, 0, 3}, DType::float64))}) {
    BOOST_TEST((scores.shape() == Shape{0}));
  }
  BOOST_CHECK_THROW(max_probability(numbers({0})), ShapeError);
  BOOST_CHECK_THROW(predictive_entropy(Tensor::zeros({2, 0}, DType::float64)), ShapeError);
  BOOST_CHECK_THROW(mutual_information(Tensor::zeros({0, 2, 1}, DType::float64)), ShapeError);
  BOOST_CHECK_THROW(mutual_information(logs_of(2, {1, 0})), ShapeError);
  BOOST_CHECK_EXCEPTION(
      mutual_information(logs_of(2, {1, 0, 1, 0, 1, 0, kNaN, 1}).reshape({2, 2, 2})), ValueError,
      says("[1, 1]"));
  BOOST_CHECK_EXCEPTION(energy(Tensor::from<double>({2, 2}, {0, 1, kNaN, 9})), ValueError,
                        says("row 1"));
  BOOST_CHECK_EXCEPTION(energy(Tensor::from<double>({1, 3}, {7, kInfinity, kNaN})), ValueError,
                        says("row 0"));
  BOOST_CHECK_THROW(energy(Tensor::full({1, 2}, -kInfinity, DType::float64)), ValueError);
}

BOOST_AUTO_TEST_CASE(the_number_of_threads_changes_no_bit) {
  const Tensor samples = random_log_probabilities({3, 2000, 6}, "samples");
  BOOST_TEST(same_bits_with_threads([&] {
    const Tensor mean = mean_log_probabilities(samples);
    return std::vector<Tensor>{mean, mutual_information(samples), predictive_entropy(mean),
                               energy(mean)};
  }));
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace credence::bayes::metrics
