// Tests of the scores of class predictions, against scikit-learn (generate_metrics.py).
#include "bayes/metrics/scores.hpp"

#include "tests/bayes/metrics/support.hpp"

namespace credence::bayes::metrics {

BOOST_AUTO_TEST_SUITE(metrics_scores)

BOOST_AUTO_TEST_CASE(they_are_what_scikit_learn_computes) {
  const Reference& expected = reference("metrics_classification");
  const Tensor labels = expected.at("labels").to(DType::int64);
  in_both_precisions(expected.at("log_probabilities"), [&](const Tensor& log_p, double tolerance) {
    const Estimate share = accuracy(log_p, labels);
    BOOST_TEST(std::abs(share.value - number(expected, "accuracy")) < 1e-11);
    BOOST_TEST(std::abs(share.standard_error - number(expected, "standard_error")) < 1e-11);
    BOOST_TEST(std::abs(negative_log_likelihood(log_p, labels) - number(expected, "nll")) <
               tolerance);
    BOOST_TEST(std::abs(brier_score(log_p, labels) - number(expected, "brier")) < tolerance);
    const Tensor matrix = confusion_matrix(log_p, labels);
    BOOST_TEST(largest_error(matrix, expected.at("confusion")) == 0);
    const Tensor recall = per_class_accuracy(matrix);
    BOOST_TEST(largest_error(recall.slice(0, 4), expected.at("recall")) < 1e-11);
    BOOST_TEST(std::isnan(at(recall, 4)));
    double wrong = 0;
    for (const double loss : zero_one_loss(log_p, labels).to_vector<double>()) wrong += loss;
    BOOST_TEST(std::abs(1 - wrong / 90 - share.value) < 1e-14);
  });
}

BOOST_AUTO_TEST_CASE(certain_predictions_score_0_where_right_and_2_where_wrong) {
  const Tensor log_p = logs_of(3, {0, 1, 0, 1, 0, 0});
  BOOST_TEST(brier_score(log_p, labels_from({1, 0})) == 0);
  BOOST_TEST(brier_score(log_p, labels_from({0, 2})) == 2);
  BOOST_TEST(negative_log_likelihood(log_p, labels_from({1, 0})) == 0);
  BOOST_TEST(negative_log_likelihood(log_p, labels_from({1, 1})) == kInfinity);
  BOOST_TEST(accuracy(log_p, labels_from({1, 0})).value == 1);
  BOOST_TEST(accuracy(log_p, labels_from({1, 0})).standard_error == 0);
}

BOOST_AUTO_TEST_CASE(a_probability_below_the_range_of_double_has_a_finite_likelihood) {
  const Tensor log_p = Tensor::from<double>({2, 2}, {0, -5000, -1e300, 0});
  BOOST_TEST(negative_log_likelihood(log_p, labels_from({1, 1})) == 2500);
  BOOST_TEST(negative_log_likelihood(log_p.slice(1, 2), labels_from({0})) == 1e300);
}

BOOST_AUTO_TEST_CASE(the_first_of_equal_probabilities_is_the_prediction) {
  const Tensor log_p = logs_of(2, {0.5, 0.5});
  BOOST_TEST(accuracy(log_p, labels_from({0})).value == 1);
  BOOST_TEST(accuracy(log_p, labels_from({1})).value == 0);
}

BOOST_AUTO_TEST_CASE(one_class_is_always_right) {
  const Tensor log_p = Tensor::zeros({3, 1}, DType::float32);
  BOOST_TEST(accuracy(log_p, labels_from({0, 0, 0})).value == 1);
  BOOST_TEST(brier_score(log_p, labels_from({0, 0, 0})) == 0);
}

BOOST_AUTO_TEST_CASE(wrong_input_is_an_error_that_names_the_row) {
  const auto check = [](auto metric) {
    check_refusals_of_labelled(metric);
    check_refuses_no_rows(metric);
  };
  check([](const Tensor& p, const Tensor& labels) { accuracy(p, labels); });
  check([](const Tensor& p, const Tensor& labels) { zero_one_loss(p, labels); });
  check([](const Tensor& p, const Tensor& labels) { negative_log_likelihood(p, labels); });
  check([](const Tensor& p, const Tensor& labels) { brier_score(p, labels); });
  check([](const Tensor& p, const Tensor& labels) { confusion_matrix(p, labels); });
  BOOST_CHECK_THROW(per_class_accuracy(Tensor::zeros({2, 3}, DType::int64)), ShapeError);
  BOOST_CHECK_THROW(per_class_accuracy(Tensor::zeros({2, 2}, DType::float64)), ShapeError);
  BOOST_CHECK_THROW(per_class_accuracy(Tensor()), ShapeError);
}

BOOST_AUTO_TEST_CASE(the_number_of_threads_changes_no_bit) {
  const Tensor log_p = random_log_probabilities({5000, 7}, "p");
  const Tensor labels = drawn_labels(log_p, "labels");
  BOOST_TEST(same_bits_with_threads([&] {
    return std::vector<Tensor>{
        numbers({accuracy(log_p, labels).value, negative_log_likelihood(log_p, labels),
                 brier_score(log_p, labels)}),
        confusion_matrix(log_p, labels)};
  }));
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace credence::bayes::metrics
