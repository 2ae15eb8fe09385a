// Tests of calibration errors, against torchmetrics' definition in NumPy (generate_metrics.py) and
// against values by hand.
#include "bayes/metrics/calibration.hpp"

#include "tests/bayes/metrics/support.hpp"

namespace credence::bayes::metrics {
namespace {

// Upper ends, counts, confidences and accuracies, as in metrics.json.
Tensor table(const std::vector<ReliabilityBin>& bins) {
  std::vector<double> rows;
  for (const ReliabilityBin& bin : bins) {
    const auto count = static_cast<double>(bin.count);
    rows.insert(rows.end(), {bin.upper, count, bin.confidence, bin.accuracy});
  }
  return Tensor::from<double>({static_cast<std::int64_t>(bins.size()), 4}, rows);
}

std::vector<std::int64_t> counts(const std::vector<ReliabilityBin>& bins) {
  std::vector<std::int64_t> result;
  for (const ReliabilityBin& bin : bins) result.push_back(bin.count);
  return result;
}

using Counts = std::vector<std::int64_t>;

}  // namespace

BOOST_AUTO_TEST_SUITE(metrics_calibration)

BOOST_AUTO_TEST_CASE(the_bins_and_their_errors_are_those_of_the_definition) {
  struct Case {
    std::string name;
    CalibrationOptions options;
  };
  const Reference& expected = reference("metrics_classification");
  const Tensor labels = expected.at("labels").to(DType::int64);
  for (const auto& [name, options] : {Case{"width15", {}}, Case{"width7", {.bins = 7}},
                                      Case{"mass15", {.binning = Binning::equal_mass}},
                                      Case{"mass4", {.bins = 4, .binning = Binning::equal_mass}}}) {
    in_both_precisions(
        expected.at("log_probabilities"),
        [&, name = name, options = options](const Tensor& log_p, double tolerance) {
          const std::vector<ReliabilityBin> bins = reliability_bins(log_p, labels, options);
          BOOST_TEST(largest_error(table(bins), expected.at("bins_" + name)) < tolerance, name);
          BOOST_TEST(std::abs(expected_calibration_error(bins) - number(expected, "ece_" + name)) <
                         tolerance,
                     name);
          BOOST_TEST(std::abs(maximum_calibration_error(bins) - number(expected, "mce_" + name)) <
                         tolerance,
                     name);
          for (std::size_t i = 0; i < bins.size(); ++i) {
            BOOST_TEST(bins[i].lower == (i == 0 ? 0 : bins[i - 1].upper));
          }
        });
  }
}

BOOST_AUTO_TEST_CASE(the_classwise_error_is_that_of_the_definition) {
  const Reference& expected = reference("metrics_classification");
  const Tensor labels = expected.at("labels").to(DType::int64);
  in_both_precisions(expected.at("log_probabilities"), [&](const Tensor& log_p, double tolerance) {
    BOOST_TEST(std::abs(classwise_calibration_error(log_p, labels) -
                        number(expected, "classwise_width15")) < tolerance);
    BOOST_TEST(std::abs(classwise_calibration_error(log_p, labels,
                                                    {.bins = 6, .binning = Binning::equal_mass}) -
                        number(expected, "classwise_mass6")) < tolerance);
  });
}

BOOST_AUTO_TEST_CASE(a_confidence_at_the_end_of_a_bin_belongs_to_it) {
  // exp(log 0.5) and exp(0) are exact.
  const Tensor log_p = logs_of(2, {0.5, 0.5, 0.5, 0.5, 1, 0, 0.25, 0.75});
  const std::vector<ReliabilityBin> bins =
      reliability_bins(log_p, labels_from({0, 1, 0, 1}), {.bins = 2});
  BOOST_TEST(counts(bins) == (Counts{2, 2}), boost::test_tools::per_element());
  BOOST_TEST(bins[0].confidence == 0.5);
  BOOST_TEST(bins[0].accuracy == 0.5);
  BOOST_TEST(bins[1].accuracy == 1);
  BOOST_TEST(std::abs(bins[1].confidence - 0.875) < 1e-15);
}

BOOST_AUTO_TEST_CASE(every_multiple_of_a_bins_width_is_its_end) {
  for (std::int64_t i = 8; i <= 15; ++i) {
    // A probability that differs from i / 15 by rounding may be on either side; the one of the same
    // rounding is in bin i − 1.
    const double p = static_cast<double>(i) / 15;
    if (std::exp(std::log(p)) != p) continue;
    const std::vector<ReliabilityBin> bins =
        reliability_bins(logs_of(2, {p, 1 - p}), labels_from({0}));
    BOOST_TEST(bins[static_cast<std::size_t>(i - 1)].count == 1);
  }
}

BOOST_AUTO_TEST_CASE(bins_of_equal_mass_keep_equal_confidences_together) {
  // Sorted: 0.5 0.5 0.5 0.5 | 0.75 1; the median is 0.5.
  const Tensor log_p = logs_of(2, {0.5, 0.5, 1, 0, 0.5, 0.5, 0.75, 0.25, 0.5, 0.5, 0.5, 0.5});
  const std::vector<ReliabilityBin> bins =
      reliability_bins(log_p, labels_from({0, 0, 1, 1, 0, 1}), {2, Binning::equal_mass});
  BOOST_TEST(counts(bins) == (Counts{4, 2}), boost::test_tools::per_element());
  BOOST_TEST(bins[0].upper == 0.5);
  BOOST_TEST(bins[1].upper == 1);
  // |0.5 − 0.5| · 4/6 + |0.5 − 0.875| · 2/6.
  BOOST_TEST(std::abs(expected_calibration_error(bins) - 0.125) < 1e-15);
  const std::vector<ReliabilityBin> three =
      reliability_bins(log_p, labels_from({0, 0, 1, 1, 0, 1}), {3, Binning::equal_mass});
  BOOST_TEST(counts(three) == (Counts{4, 0, 2}), boost::test_tools::per_element());
}

BOOST_AUTO_TEST_CASE(one_row_is_one_bin) {
  const Tensor log_p = logs_of(2, {0.25, 0.75});
  for (const Binning binning : {Binning::equal_width, Binning::equal_mass}) {
    const std::vector<ReliabilityBin> bins =
        reliability_bins(log_p, labels_from({0}), {.binning = binning});
    BOOST_TEST(std::abs(expected_calibration_error(bins) - 0.75) < 1e-15);
    BOOST_TEST(std::abs(maximum_calibration_error(bins) - 0.75) < 1e-15);
  }
  BOOST_TEST(std::abs(classwise_calibration_error(log_p, labels_from({0})) - 0.75) < 1e-15);
}

BOOST_AUTO_TEST_CASE(certain_predictions_are_in_the_last_bin_and_probability_0_in_the_first) {
  const Tensor log_p = logs_of(2, {1, 0, 1, 0, 0, 1, 0, 1});
  const Tensor labels = labels_from({0, 0, 0, 1});
  const std::vector<ReliabilityBin> bins = reliability_bins(log_p, labels);
  BOOST_TEST(bins.back().count == 4);
  BOOST_TEST(expected_calibration_error(bins) == 0.25);
  // Class 0: of two rows at 0 one is of the class, both rows at 1 are. Class 1 likewise.
  BOOST_TEST(classwise_calibration_error(log_p, labels) == 0.25);
}

BOOST_AUTO_TEST_CASE(predictions_of_the_true_probabilities_are_calibrated) {
  const Tensor log_p = random_log_probabilities({40000, 4}, "p");
  const Tensor labels = drawn_labels(log_p, "labels");
  // Each bin's gap has a deviation of at most 0.5 / √count; √(15 · 40000) / 40000 · 0.5 = 0.0097.
  for (const Binning binning : {Binning::equal_width, Binning::equal_mass}) {
    BOOST_TEST(expected_calibration_error(reliability_bins(log_p, labels, {.binning = binning})) <
               0.0097);
    BOOST_TEST(classwise_calibration_error(log_p, labels, {.binning = binning}) < 0.0097);
  }
}

BOOST_AUTO_TEST_CASE(wrong_input_is_an_error_that_names_the_row) {
  const auto bins = [](const Tensor& p, const Tensor& labels) { reliability_bins(p, labels); };
  const auto classwise = [](const Tensor& p, const Tensor& labels) {
    classwise_calibration_error(p, labels);
  };
  check_refusals_of_labelled(bins);
  check_refusals_of_labelled(classwise);
  check_refuses_no_rows(bins);
  check_refuses_no_rows(classwise);
  const Tensor log_p = logs_of(2, {0.5, 0.5});
  BOOST_CHECK_THROW(reliability_bins(log_p, labels_from({0}), {.bins = 0}), ValueError);
  BOOST_CHECK_THROW(classwise_calibration_error(log_p, labels_from({0}), {.bins = -1}), ValueError);
  BOOST_CHECK_THROW(expected_calibration_error({}), ValueError);
  BOOST_CHECK_THROW(maximum_calibration_error(std::vector<ReliabilityBin>(3)), ValueError);
}

BOOST_AUTO_TEST_CASE(the_number_of_threads_changes_no_bit) {
  const Tensor log_p = random_log_probabilities({5000, 7}, "p");
  const Tensor labels = drawn_labels(log_p, "labels");
  BOOST_TEST(same_bits_with_threads([&] {
    return std::vector<Tensor>{table(reliability_bins(log_p, labels)),
                               numbers({classwise_calibration_error(log_p, labels)})};
  }));
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace credence::bayes::metrics
