// Tests of temperature scaling, against SciPy's root of the derivative (generate_metrics.py) and
// closed forms.
#include "bayes/metrics/temperature.hpp"

#include "bayes/metrics/calibration.hpp"
#include "bayes/metrics/scores.hpp"
#include "tests/bayes/metrics/support.hpp"

namespace credence::bayes::metrics {
namespace {

// Rows of two logits (0, margin) with the label of the smaller logit in `wrong` of them.
Tensor margins(std::int64_t rows, double margin) {
  const Tensor logits = Tensor::zeros({rows, 2}, DType::float64);
  for (std::int64_t n = 0; n < rows; ++n) logits.data<double>()[2 * n + 1] = margin;
  return logits;
}

Tensor first_wrong(std::int64_t rows, std::int64_t wrong) {
  const Tensor labels = Tensor::zeros({rows}, DType::int64);
  for (std::int64_t n = wrong; n < rows; ++n) labels.data<std::int64_t>()[n] = 1;
  return labels;
}

Tensor scaled(const Tensor& logits, double factor) {
  std::vector<double> values = logits.to_vector<double>();
  for (double& value : values) value *= factor;
  return Tensor::from<double>(logits.shape(), values);
}

}  // namespace

BOOST_AUTO_TEST_SUITE(metrics_temperature)

BOOST_AUTO_TEST_CASE(the_temperature_is_the_root_that_scipy_finds) {
  for (const char* name : {"metrics_temperature", "metrics_temperature_timid"}) {
    const Reference& expected = reference(name);
    const Tensor labels = expected.at("labels").to(DType::int64);
    in_both_precisions(expected.at("logits"), [&](const Tensor& logits, double tolerance) {
      const Temperature fit = fit_temperature(logits, labels);
      BOOST_TEST(std::abs(fit.value / number(expected, "temperature") - 1) < tolerance);
      BOOST_TEST(std::abs(fit.nll_before - number(expected, "nll_before")) < tolerance);
      BOOST_TEST(std::abs(fit.nll - number(expected, "nll")) < tolerance);
      const Tensor log_p = scaled_log_probabilities(logits, fit.value);
      BOOST_TEST((log_p.dtype() == logits.dtype()));
      BOOST_TEST(largest_error(log_p, expected.at("scaled")) < tolerance);
      BOOST_TEST(std::abs(negative_log_likelihood(log_p, labels) - fit.nll) < tolerance);
    });
  }
}

BOOST_AUTO_TEST_CASE(equal_margins_have_the_closed_form) {
  // w of N rows are wrong: sigmoid(margin / T) = 1 − w / N.
  for (const double margin : {1e-6, 0.5, 30.0, 1e8}) {
    for (const int wrong : {1, 2, 4}) {
      const double expected = margin / std::log((10.0 - wrong) / wrong);
      const Temperature fit = fit_temperature(margins(10, margin), first_wrong(10, wrong));
      BOOST_TEST(std::abs(fit.value / expected - 1) < 1e-12);
      const double share = wrong / 10.0;
      const double entropy = -share * std::log(share) - (1 - share) * std::log(1 - share);
      BOOST_TEST(std::abs(fit.nll - entropy) < 1e-12);
      // log(1 + e^−m) + share m is the loss at the temperature 1.
      const double before = std::log1p(std::exp(-margin)) + share * margin;
      BOOST_TEST(std::abs(fit.likelihood_ratio / (20 * (before - entropy)) - 1) < 1e-12);
    }
  }
}

BOOST_AUTO_TEST_CASE(the_temperature_grows_with_the_scale_of_the_logits) {
  const Reference& expected = reference("metrics_temperature");
  const Tensor labels = expected.at("labels").to(DType::int64);
  for (const double factor : {1e-3, 7.0, 1e5}) {
    const Temperature fit = fit_temperature(scaled(expected.at("logits"), factor), labels);
    BOOST_TEST(std::abs(fit.value / (factor * number(expected, "temperature")) - 1) < 1e-10);
  }
}

BOOST_AUTO_TEST_CASE(labels_drawn_from_the_softmax_have_the_temperature_1) {
  const Tensor log_p = random_log_probabilities({20000, 5}, "logits");
  const Temperature fit = fit_temperature(log_p, drawn_labels(log_p, "labels"));
  // The standard error of 1/T is 1 / √Σ Var[z], with a mean variance above 0.5.
  BOOST_TEST(std::abs(1 / fit.value - 1) < 4 / std::sqrt(0.5 * 20000));
  BOOST_TEST(fit.nll <= fit.nll_before);
}

BOOST_AUTO_TEST_CASE(the_likelihood_ratio_of_calibrated_rows_has_the_chi_squared_distribution) {
  constexpr int kRepetitions = 200;
  double sum = 0;
  int rejected = 0;
  for (int r = 0; r < kRepetitions; ++r) {
    const Tensor log_p = random_log_probabilities({500, 3}, "logits " + std::to_string(r));
    const Temperature fit =
        fit_temperature(log_p, drawn_labels(log_p, "labels " + std::to_string(r)));
    sum += fit.likelihood_ratio;
    rejected += fit.significant_value() != 1 ? 1 : 0;
  }
  // χ² with one degree of freedom has the mean 1 and the variance 2; 1 in 20 is rejected.
  BOOST_TEST(std::abs(sum / kRepetitions - 1) < 4 * std::sqrt(2.0 / kRepetitions));
  BOOST_TEST(std::abs(rejected - 0.05 * kRepetitions) < 4 * std::sqrt(0.0475 * kRepetitions));
}

BOOST_AUTO_TEST_CASE(a_temperature_is_used_where_the_rows_tell_it_from_1) {
  // The same share of wrong labels, 1 in 4 at a margin of log 9, in few and in many rows.
  const double margin = std::log(9);
  BOOST_TEST(fit_temperature(margins(4, margin), first_wrong(4, 1)).significant_value() == 1);
  const double used = fit_temperature(margins(40, margin), first_wrong(40, 10)).significant_value();
  BOOST_TEST(std::abs(used - 2) < 1e-12);
}

BOOST_AUTO_TEST_CASE(a_temperature_fitted_on_half_of_the_rows_calibrates_the_other_half) {
  const Tensor log_p = random_log_probabilities({20000, 5}, "logits");
  const Tensor labels = drawn_labels(log_p, "labels");
  const Tensor bold = scaled(log_p, 3);
  const Temperature fit = fit_temperature(bold.slice(0, 10000), labels.slice(0, 10000));
  const auto ece = [&](double temperature) {
    return expected_calibration_error(
        reliability_bins(scaled_log_probabilities(bold.slice(10000, 20000), temperature),
                         labels.slice(10000, 20000)));
  };
  BOOST_TEST(ece(1) > 0.15);
  BOOST_TEST(ece(fit.value) < 0.02);
}

BOOST_AUTO_TEST_CASE(classes_of_probability_0_stay_so) {
  const Tensor logits =
      Tensor::from<double>({3, 3}, {2, 0, -kInfinity, 2, 0, -kInfinity, 2, 0, -kInfinity});
  const Tensor labels = labels_from({0, 0, 1});
  BOOST_TEST(std::abs(fit_temperature(logits, labels).value - 2 / std::log(2)) < 1e-12);
  BOOST_TEST(at(scaled_log_probabilities(logits, 5), 2) == -kInfinity);
  BOOST_CHECK_EXCEPTION(fit_temperature(logits, labels_from({0, 2, 1})), ValueError,
                        says("row 1 is -inf"));
}

BOOST_AUTO_TEST_CASE(data_without_a_best_temperature_are_an_error) {
  BOOST_CHECK_EXCEPTION(fit_temperature(margins(10, 3), first_wrong(10, 0)), ValueError,
                        says("largest logit"));
  BOOST_CHECK_EXCEPTION(fit_temperature(margins(10, 3), first_wrong(10, 5)), ValueError,
                        says("chance"));
  BOOST_CHECK_EXCEPTION(fit_temperature(margins(10, 3), first_wrong(10, 10)), ValueError,
                        says("chance"));
  BOOST_CHECK_THROW(fit_temperature(margins(10, 0), first_wrong(10, 4)), ValueError);
  const Tensor certain = Tensor::from<double>({1, 2}, {0, -kInfinity});
  BOOST_CHECK_THROW(fit_temperature(certain, labels_from({0})), ValueError);
  BOOST_CHECK_THROW(fit_temperature(margins(1, 3), labels_from({0})), ValueError);
}

BOOST_AUTO_TEST_CASE(wrong_input_is_an_error_that_names_the_row) {
  const Tensor labels = labels_from({0, 1});
  const auto logits = [](std::vector<double> values) {
    return Tensor::from<double>({2, 2}, values);
  };
  BOOST_CHECK_THROW(fit_temperature(Tensor::zeros({0, 2}), labels_from({})), ShapeError);
  BOOST_CHECK_THROW(fit_temperature(Tensor::zeros({2, 1}), labels_from({0, 0})), ShapeError);
  BOOST_CHECK_THROW(fit_temperature(numbers({1, 2}), labels), ShapeError);
  BOOST_CHECK_THROW(fit_temperature(logits({0, 1, 0, 1}), labels_from({0})), ShapeError);
  BOOST_CHECK_THROW(fit_temperature(labels.reshape({1, 2}), labels_from({0})), ShapeError);
  BOOST_CHECK_EXCEPTION(fit_temperature(logits({0, 1, 0, 1}), labels_from({0, 2})), ValueError,
                        says("row 1 is 2"));
  BOOST_CHECK_EXCEPTION(fit_temperature(logits({0, 1, kNaN, 1}), labels), ValueError,
                        says("row 1"));
  BOOST_CHECK_EXCEPTION(fit_temperature(logits({0, kInfinity, 0, 1}), labels), ValueError,
                        says("row 0"));
  for (const double temperature : {0.0, -1.0, kNaN, kInfinity}) {
    BOOST_CHECK_THROW(scaled_log_probabilities(logits({0, 1, 0, 1}), temperature), ValueError);
  }
}

BOOST_AUTO_TEST_CASE(the_number_of_threads_changes_no_bit) {
  const Tensor log_p = random_log_probabilities({5000, 7}, "p");
  const Tensor labels = drawn_labels(log_p, "labels");
  BOOST_TEST(same_bits_with_threads([&] {
    const Temperature fit = fit_temperature(log_p, labels);
    return std::vector<Tensor>{numbers({fit.value, fit.nll, fit.nll_before}),
                               scaled_log_probabilities(log_p, fit.value)};
  }));
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace credence::bayes::metrics
