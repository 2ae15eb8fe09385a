// Tests of split conformal prediction, against NumPy (generate_metrics.py) and the
// known distribution of the coverage.
#include "bayes/metrics/conformal.hpp"

#include "tests/bayes/metrics/support.hpp"

namespace credence::bayes::metrics {
namespace {

constexpr std::int64_t kCalibration = 200;
constexpr std::int64_t kTest = 1000;
constexpr int kRepetitions = 60;
constexpr double kLevel = 0.9;

// Given n = 200 calibration rows, the coverage is Beta(181, 20), l = ⌊201 · 0.1⌋ = 20: the mean is
// 181/201, the variance is mean (1 − mean) / 202. The share of kTest rows adds the variance of a
// binomial share.
struct Coverage {
  double mean = 181.0 / 201;
  double given_calibration = mean * (1 - mean) / 202;
  double deviation = std::sqrt(given_calibration + (mean * (1 - mean) - given_calibration) / kTest);
};

// Checks the mean of the coverages of kRepetitions independent problems, their spread, and each
// one.
void check_coverages(const std::vector<double>& coverages) {
  const Coverage expected;
  double sum = 0;
  double squares = 0;
  for (const double coverage : coverages) {
    BOOST_TEST(std::abs(coverage - expected.mean) < 5 * expected.deviation);
    sum += coverage - expected.mean;
    squares += (coverage - expected.mean) * (coverage - expected.mean);
  }
  BOOST_TEST(std::abs(sum / kRepetitions) < 4 * expected.deviation / std::sqrt(kRepetitions));
  // The standard error of a variance from R nearly normal values is √(2/R) of it.
  const double ratio = squares / kRepetitions / (expected.deviation * expected.deviation);
  BOOST_TEST(std::abs(ratio - 1) < 4 * std::sqrt(2.0 / kRepetitions));
}

}  // namespace

BOOST_AUTO_TEST_SUITE(metrics_conformal)

BOOST_AUTO_TEST_CASE(thresholds_and_sets_are_those_of_numpy) {
  const Reference& expected = reference("metrics_conformal");
  const Tensor labels = expected.at("labels").to(DType::int64);
  for (const auto& [score, name] :
       {std::pair{ConformalScore::lac, "lac"}, {ConformalScore::aps, "aps"}}) {
    in_both_precisions(
        expected.at("log_probabilities"),
        [&, score = score, name = std::string(name)](const Tensor& log_p, double tolerance) {
          const ConformalClassifier classifier = calibrate_sets(score, log_p, labels, 0.8);
          BOOST_TEST(std::abs(classifier.threshold - number(expected, "threshold_" + name)) <
                     tolerance);
          const Tensor sets = prediction_sets(classifier, expected.at("test").to(log_p.dtype()));
          BOOST_TEST(largest_error(sets, expected.at("sets_" + name)) == 0);
        });
  }
}

BOOST_AUTO_TEST_CASE(half_widths_are_those_of_numpy) {
  const Reference& expected = reference("metrics_conformal");
  for (const DType dtype : {DType::float64, DType::float32}) {
    const double tolerance = dtype == DType::float64 ? 1e-11 : 1e-6;
    const Tensor predictions = expected.at("predictions").to(dtype);
    const Tensor deviations = expected.at("deviations").to(dtype);
    const Tensor targets = expected.at("targets").to(dtype);
    const double width = conformal_half_width(predictions, targets, 0.8);
    BOOST_TEST(std::abs(width - number(expected, "half_width")) < tolerance);
    const double in_deviations = conformal_half_width(predictions, deviations, targets, 0.8);
    BOOST_TEST(std::abs(in_deviations - number(expected, "half_width_scaled")) < tolerance);
    // The 25th of 30 residuals ends the interval, which contains its end up to rounding.
    const Intervals intervals =
        conformal_intervals(predictions, deviations, in_deviations * (1 + 1e-12));
    BOOST_TEST(std::abs(interval_coverage(intervals, targets) - 25.0 / 30) < 1e-12);
    BOOST_TEST(std::abs(mean_interval_width(conformal_intervals(predictions, 2)) - 4) < 1e-12);
  }
}

BOOST_AUTO_TEST_CASE(the_quantile_is_a_ranked_score_or_infinite) {
  const Tensor nine = numbers({5, 1, 9, 3, 2, 8, 7, 6, 4});
  // ⌈10 · level⌉, whichever way the product is rounded.
  for (int k = 1; k <= 9; ++k) BOOST_TEST(conformal_quantile(nine, k / 10.0) == k);
  BOOST_TEST(conformal_quantile(nine, 0.61) == 7);
  BOOST_TEST(conformal_quantile(nine, 0.901) == kInfinity);
  BOOST_TEST(conformal_quantile(numbers({3}), 0.5) == 3);
  BOOST_TEST(conformal_quantile(numbers({3}), 0.51) == kInfinity);
  BOOST_TEST(conformal_quantile(numbers({}), 0.5) == kInfinity);
  BOOST_TEST(conformal_quantile(numbers({2, 2, 2, 1}), 0.3) == 2);
}

BOOST_AUTO_TEST_CASE(the_scores_are_sums_of_probabilities) {
  const Tensor log_p = logs_of(4, {0.125, 0.5, 0.25, 0.125});
  const auto scores = [&](ConformalScore score, const RowNumbers& stream = {}) {
    return conformal_scores(score, log_p, stream).to_vector<double>();
  };
  const auto near = [](const std::vector<double>& actual, const std::vector<double>& expected) {
    for (std::size_t c = 0; c < 4; ++c) BOOST_TEST(std::abs(actual[c] - expected[c]) < 1e-15);
  };
  near(scores(ConformalScore::lac), {0.875, 0.5, 0.75, 0.875});
  // Of the equal probabilities that of class 0 comes first.
  near(scores(ConformalScore::aps), {0.875, 0.5, 0.75, 1});
  const RandomStream stream = Generator(3).next();
  const double u = stream.uniform(0);
  near(scores(ConformalScore::randomized_aps, stream),
       {0.75 + u * 0.125, u * 0.5, 0.5 + u * 0.25, 0.875 + u * 0.125});
}

BOOST_AUTO_TEST_CASE(too_few_calibration_rows_give_sets_of_all_classes) {
  const Tensor log_p = logs_of(3, {0.98, 0.01, 0.01, 0, 0, 1});
  const Tensor eight = random_log_probabilities({8, 3}, "p");
  for (const ConformalScore score : {ConformalScore::lac, ConformalScore::aps}) {
    for (const std::int64_t rows : {0, 1, 8}) {
      const Tensor labels = Tensor::zeros({rows}, DType::int64);
      const ConformalClassifier classifier =
          calibrate_sets(score, eight.slice(0, rows), labels, 0.9);
      BOOST_TEST(classifier.threshold == kInfinity);
      const SetSummary summary =
          summarize_sets(prediction_sets(classifier, log_p), labels_from({1, 0}));
      BOOST_TEST(summary.coverage == 1);
      BOOST_TEST(summary.mean_size == 3);
      BOOST_TEST(summary.empty == 0);
    }
  }
  const Intervals everything = conformal_intervals(
      numbers({1}), conformal_half_width(numbers({1, 2}), numbers({1, 2}), 0.9));
  BOOST_TEST(at(everything.lower, 0) == -kInfinity);
  BOOST_TEST(at(everything.upper, 0) == kInfinity);
}

BOOST_AUTO_TEST_CASE(sets_are_summarized) {
  const Tensor sets = Tensor::from<std::uint8_t>({4, 3}, {1, 0, 0, 1, 1, 1, 0, 0, 0, 0, 1, 1});
  const SetSummary summary = summarize_sets(sets, labels_from({0, 2, 1, 0}));
  BOOST_TEST(summary.coverage == 0.5);
  BOOST_TEST(summary.mean_size == 1.5);
  BOOST_TEST(summary.empty == 0.25);
}

BOOST_AUTO_TEST_CASE(the_coverage_of_sets_has_its_beta_distribution) {
  for (const ConformalScore score :
       {ConformalScore::lac, ConformalScore::aps, ConformalScore::randomized_aps}) {
    Generator noise(7);
    std::vector<double> coverages;
    for (int r = 0; r < kRepetitions; ++r) {
      const std::string name = std::to_string(r);
      const Tensor rows = random_log_probabilities({kCalibration + kTest, 5}, "logits " + name);
      const Tensor labels = drawn_labels(rows, "labels " + name);
      const ConformalClassifier classifier = calibrate_sets(
          score, rows.slice(0, kCalibration), labels.slice(0, kCalibration), kLevel, noise.next());
      const Tensor sets =
          prediction_sets(classifier, rows.slice(kCalibration, rows.shape()[0]), noise.next());
      coverages.push_back(
          summarize_sets(sets, labels.slice(kCalibration, rows.shape()[0])).coverage);
    }
    check_coverages(coverages);
  }
}

BOOST_AUTO_TEST_CASE(halves_of_the_same_rows_cover_each_other_at_the_level) {
  // Of n + 1 different scores the (n + 1)-th is among the k smallest with probability k / (n + 1).
  std::vector<double> scores;
  for (int n = 0; n < 101; ++n) scores.push_back(n * n);
  Generator splits(5);
  for (const double level : {0.3, 0.9}) {
    const double expected = std::ceil(51 * level) / 51;
    const double found = coverage_of_halves(numbers(scores), level, 4000, splits);
    // The coverage of 51 rows by 50 has the variance p (1 − p) (1 / 51 + 1 / 50) at most.
    BOOST_TEST(std::abs(found - expected) <
               4 * std::sqrt(expected * (1 - expected) * (1.0 / 51 + 1.0 / 50) / 4000));
  }
  // Equal scores are all covered; two rows calibrate with one, which excludes nothing at 0.9.
  BOOST_TEST(coverage_of_halves(numbers({1, 1, 1, 1}), 0.3, 5, splits) == 1);
  BOOST_TEST(coverage_of_halves(numbers({1, 2}), 0.9, 5, splits) == 1);
  BOOST_CHECK_THROW(coverage_of_halves(numbers({1}), 0.9, 5, splits), ValueError);
  BOOST_CHECK_THROW(coverage_of_halves(numbers({1, 2}), 0.9, 0, splits), ValueError);
}

BOOST_AUTO_TEST_CASE(the_coverage_of_intervals_has_its_beta_distribution_for_any_model) {
  std::vector<double> coverages;
  std::vector<double> scaled_coverages;
  for (int r = 0; r < kRepetitions; ++r) {
    const std::string name = std::to_string(r);
    const Tensor predictions = normals({kCalibration + kTest}, "predictions " + name);
    const Tensor deviations = uniforms(kCalibration + kTest, "deviations " + name);
    // Not what the predictions claim: the noise is a cube.
    const Tensor targets = normals({kCalibration + kTest}, "targets " + name);
    for (std::int64_t i = 0; i < kCalibration + kTest; ++i) {
      deviations.data<double>()[i] += 0.1;
      double& target = targets.data<double>()[i];
      target = at(predictions, i) / 2 + target * target * target;
    }
    const auto first = [](const Tensor& x) { return x.slice(0, kCalibration); };
    const auto rest = [](const Tensor& x) { return x.slice(kCalibration, kCalibration + kTest); };
    const double width = conformal_half_width(first(predictions), first(targets), kLevel);
    coverages.push_back(
        interval_coverage(conformal_intervals(rest(predictions), width), rest(targets)));
    const double scaled =
        conformal_half_width(first(predictions), first(deviations), first(targets), kLevel);
    scaled_coverages.push_back(interval_coverage(
        conformal_intervals(rest(predictions), rest(deviations), scaled), rest(targets)));
  }
  check_coverages(coverages);
  check_coverages(scaled_coverages);
}

BOOST_AUTO_TEST_CASE(wrong_input_is_an_error_that_names_the_row) {
  for (const ConformalScore score : {ConformalScore::lac, ConformalScore::aps}) {
    check_refusals_of_labelled([&](const Tensor& log_p, const Tensor& labels) {
      calibrate_sets(score, log_p, labels, 0.5);
    });
  }
  const Tensor log_p = logs_of(2, {0.5, 0.5});
  BOOST_CHECK_THROW(conformal_scores(ConformalScore::randomized_aps, log_p), ValueError);
  for (const double level : {0.0, 1.0, kNaN}) {
    BOOST_CHECK_THROW(calibrate_sets(ConformalScore::lac, log_p, labels_from({0}), level),
                      ValueError);
    BOOST_CHECK_THROW(conformal_quantile(numbers({1}), level), ValueError);
    BOOST_CHECK_THROW(conformal_half_width(numbers({1}), numbers({1}), level), ValueError);
  }
  BOOST_CHECK_EXCEPTION(conformal_quantile(numbers({1, kNaN}), 0.5), ValueError,
                        says("row 1 is nan"));
  BOOST_CHECK_THROW(conformal_quantile(Tensor::zeros({2, 2}), 0.5), ShapeError);
  BOOST_CHECK_THROW(summarize_sets(Tensor::zeros({0, 3}, DType::uint8), labels_from({})),
                    ShapeError);
  BOOST_CHECK_THROW(summarize_sets(Tensor::zeros({1, 3}), labels_from({0})), ShapeError);
  BOOST_CHECK_THROW(summarize_sets(Tensor::zeros({1, 3}, DType::uint8), labels_from({3})),
                    ValueError);
  const Tensor two = numbers({1, 2});
  BOOST_CHECK_THROW(conformal_half_width(two.reshape({2, 1}), two.reshape({2, 1}), 0.5),
                    ShapeError);
  BOOST_CHECK_THROW(conformal_half_width(two, numbers({1}), 0.5), ShapeError);
  BOOST_CHECK_EXCEPTION(conformal_half_width(two, numbers({0, 1}), two, 0.5), ValueError,
                        says("row 0 is 0"));
  BOOST_CHECK_THROW(conformal_half_width(two, numbers({1, kNaN}), 0.5), ValueError);
  BOOST_CHECK_THROW(conformal_intervals(two, -1), ValueError);
  BOOST_CHECK_THROW(conformal_intervals(two, kNaN), ValueError);
  BOOST_CHECK_THROW(conformal_intervals(numbers({kInfinity}), 1), ValueError);
}

BOOST_AUTO_TEST_CASE(the_number_of_threads_changes_no_bit) {
  const Tensor log_p = random_log_probabilities({3000, 7}, "p");
  const RandomStream stream = Generator(5).next();
  BOOST_TEST(same_bits_with_threads([&] {
    return std::vector<Tensor>{
        conformal_scores(ConformalScore::randomized_aps, log_p, stream),
        conformal_scores(ConformalScore::aps, log_p),
        numbers({conformal_half_width(log_p.slice(0, 1).reshape({7}),
                                      log_p.slice(1, 2).reshape({7}), 0.5)})};
  }));
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace credence::bayes::metrics
