// Tests of the tables and the JSON of what predictions are worth.
#include "benchmarks/driver/prediction_report.hpp"

#include "bayes/metrics/detection.hpp"
#include "benchmarks/driver/calibration.hpp"
#include "benchmarks/driver/ood_report.hpp"
#include "framework/ops/pointwise.hpp"

#include <cmath>

#include <boost/test/unit_test.hpp>
#include <nlohmann/json.hpp>

namespace credence::benchmarks {

BOOST_AUTO_TEST_SUITE(prediction_report)

namespace {

using Json = nlohmann::json;

// From probabilities of [passes, rows, classes].
bayes::ClassPredictions predictions(const Shape& shape, const std::vector<float>& probabilities,
                                    const std::vector<std::int64_t>& labels) {
  bayes::ClassPredictions result;
  result.log_probabilities = log(Variable(Tensor::from(shape, probabilities))).value();
  result.mean_log_probabilities = bayes::metrics::mean_log_probabilities(result.log_probabilities);
  result.labels = Tensor::from({shape[1]}, labels);
  result.energy = Tensor::zeros({shape[1]}, DType::float64);
  return result;
}

// Three of four right, each with the probability 0.75; label 1 is taken for 0 once.
bayes::ClassPredictions three_of_four() {
  return predictions({1, 4, 2}, {.75F, .25F, .75F, .25F, .75F, .25F, .25F, .75F}, {0, 0, 1, 1});
}

bool has(const std::string& text, const std::string& part) {
  return text.find(part) != std::string::npos;
}

bool near(double actual, double expected) { return std::abs(actual - expected) < 1e-6; }

}  // namespace

BOOST_AUTO_TEST_CASE(the_table_has_a_column_for_each_report) {
  const bayes::ClassificationReport report = bayes::classification_report(three_of_four());
  const std::string text = report_table({{"one", report}, {"two", report}});
  BOOST_TEST(has(text, "| metric                      | one             | two             |"),
             text);
  // √(0.75 · 0.25 / 4)
  BOOST_TEST(has(text, "| 75.00 ± 21.65 % | 75.00 ± 21.65 % |"), text);
  // Σ_c (p_c − [c = y])² is 2 · 0.25² three times, 2 · 0.75² once.
  BOOST_TEST(has(text, "| Brier score                 | 0.375 "), text);
  BOOST_TEST(has(text, "| entropy                     | 0.562 "), text);
  // Half of the images have the first confidence, and all confidences are equal.
  BOOST_TEST(has(text, "| error at coverage 0.9       | 25.00 % "), text);
}

BOOST_AUTO_TEST_CASE(the_confusion_matrix_names_labels_and_leaves_out_zeros) {
  const bayes::ClassificationReport report = bayes::classification_report(three_of_four());
  const std::string text = confusion_table(report, {"cat", "dog"});
  BOOST_TEST(has(text, "| label | cat | dog | accuracy |"), text);
  BOOST_TEST(has(text, "| cat   |   2 |     | 100.00 % |"), text);
  BOOST_TEST(has(text, "| dog   |   1 |   1 |  50.00 % |"), text);
  BOOST_TEST(has(confusion_table(report, {}), "| label | 0 | 1 | accuracy |"));
}

BOOST_AUTO_TEST_CASE(the_json_has_all_metrics) {
  const Json json = report_json(bayes::classification_report(three_of_four()));
  BOOST_TEST(json.at("images") == 4);
  BOOST_TEST(json.at("accuracy") == 0.75);
  BOOST_TEST(near(json.at("accuracy_standard_error"), std::sqrt(0.75 * 0.25 / 4)));
  BOOST_TEST(near(json.at("nll"), -(3 * std::log(0.75) + std::log(0.25)) / 4));
  BOOST_TEST(near(json.at("brier"), 0.375));
  for (const char* key : {"ece", "adaptive_ece", "mce", "mutual_information", "epistemic"}) {
    BOOST_TEST(near(json.at(key), 0), key);
  }
  // The mean over both classes of |share of the label − mean probability| in the two bins.
  BOOST_TEST(near(json.at("classwise_ece"), (0.75 * std::abs(1 / 3. - .25) + .25 * .25)));
  BOOST_TEST(near(json.at("entropy"), -.75 * std::log(.75) - .25 * std::log(.25)));
  BOOST_TEST(near(json.at("aleatoric"), 2 * .75 * .25));
  BOOST_TEST(json.at("reliability").size() == 15U);
  BOOST_TEST(json.at("reliability").at(11).at("images") == 4);
  BOOST_TEST(json.at("risk_at_coverage").at(0) == (Json{{"coverage", 0.8}, {"risk", 0.25}}));
  BOOST_TEST(json.at("per_class_accuracy") == Json({1, 0.5}));
  BOOST_TEST(json.at("confusion") == Json({{2, 0}, {1, 1}}));
}

BOOST_AUTO_TEST_CASE(mutual_information_detects_nothing_in_one_pass_and_is_left_out) {
  const bayes::ClassPredictions own = three_of_four();
  const bayes::ClassPredictions other = predictions({1, 2, 2}, {.5F, .5F, .6F, .4F}, {0, 0});
  const OodReport single = ood_report(own, other, "other", 0);
  BOOST_TEST(single.detection.size() == 3U);
  BOOST_TEST(find_detection(single, "mutual information") == nullptr);
  // Both others have a smaller largest probability than all own images.
  BOOST_TEST(find_detection(single, "max probability")->auroc == 1);
  BOOST_TEST(find_detection(single, "entropy")->fpr95 == 0);
  BOOST_TEST(!single.report.has_value());
  const bayes::ClassPredictions twice =
      predictions({2, 2, 2}, {.9F, .1F, .6F, .4F, .1F, .9F, .6F, .4F}, {0, 0});
  BOOST_TEST(ood_report(twice, twice, "same", 0).detection.size() == 4U);
  const std::string text =
      ood_tables({{"one", bayes::classification_report(own), {single}}}, "other");
  BOOST_TEST(has(text, "2 images of other among the test images:"), text);
  BOOST_TEST(has(text, "| one, entropy         | 1.0000 | 1.0000 | 0.0000 |"), text);
  BOOST_TEST(!has(text, "mutual information"), text);
}

// Two of the four levels, which stand for all.
BOOST_AUTO_TEST_CASE(a_corruption_has_a_column_for_each_level) {
  const bayes::ClassPredictions own = three_of_four();
  const std::vector<OodReport> levels{ood_report(own, own, "own (level 1)", 1),
                                      ood_report(own, own, "own (level 2)", 2)};
  const std::string text =
      ood_tables({{"one", bayes::classification_report(own), levels}}, "rotation");
  BOOST_TEST(has(text, "The test images under rotation"), text);
  for (const char* row : {"| accuracy, one | 75.00 %  | 75.00 %  | 75.00 %  |",
                          "| one, entropy         | 0.5000  | 0.5000  |"}) {
    BOOST_TEST(has(text, row), text);
  }
  const Json json = ood_json(levels);
  BOOST_TEST(json.at(1).at("level") == 2);
  BOOST_TEST(json.at(1).at("report").at("accuracy") == 0.75);
  BOOST_TEST(json.at(1).at("detection").at(0).at("auroc") == 0.5);
}

BOOST_AUTO_TEST_CASE(temperature_scaling_that_has_no_best_temperature_says_so) {
  const bayes::ClassPredictions right = predictions({1, 2, 2}, {.9F, .1F, .2F, .8F}, {0, 1});
  const TemperatureScaling none = scale_temperature(right, three_of_four());
  BOOST_TEST(!none.fitted.has_value());
  BOOST_TEST(!none.reason.empty());
  BOOST_TEST(near(none.before.ece, 0));
  CalibrationResult result{.data = {.validation_samples = 2, .test_samples = 4}};
  result.families.push_back({.report = bayes::classification_report(three_of_four()),
                             .temperature = none,
                             .sets = conformal_sets(right, three_of_four(), 1)});
  const std::string text = calibration_tables(result);
  BOOST_TEST(has(text, "| temperature fitted             | none "), text);
  BOOST_TEST(has(text, "No temperature is the best one for the frequentist model: " + none.reason),
             text);
  const Json json = Json::parse(calibration_json({.task = "calib"}, result));
  const Json& scaling = json.at("families").at(0).at("temperature_scaling");
  BOOST_TEST(scaling.at("temperature").is_null());
  BOOST_TEST(scaling.at("reason") == none.reason);
  BOOST_TEST(!scaling.contains("after"));
}

// For probabilities 0.9 of which 3 in 4 are right, softmax(z / T) is 0.75 where T = log 9 / log 3.
BOOST_AUTO_TEST_CASE(temperature_scaling_finds_the_share_that_is_right) {
  const auto bold = [](std::int64_t repeats) {
    std::vector<float> p;
    std::vector<std::int64_t> labels;
    for (std::int64_t i = 0; i < repeats; ++i) {
      p.insert(p.end(), {.9F, .1F, .9F, .1F, .9F, .1F, .1F, .9F});
      labels.insert(labels.end(), {0, 0, 1, 1});
    }
    return predictions({1, 4 * repeats, 2}, p, labels);
  };
  const TemperatureScaling scaling = scale_temperature(bold(10), bold(10));
  BOOST_TEST_REQUIRE(scaling.fitted.has_value());
  BOOST_TEST(near(scaling.fitted->value, std::log(9) / std::log(3)));
  BOOST_TEST(near(scaling.before.ece, 0.15));
  BOOST_TEST(near(scaling.after.ece, 0));
  BOOST_TEST(near(scaling.after.brier, 0.375));
  // Four rows are too few to tell the temperature from 1: 2 · 4 (0.6546 − 0.5623) < 3.84.
  const TemperatureScaling few = scale_temperature(bold(1), bold(1));
  BOOST_TEST_REQUIRE(few.fitted.has_value());
  BOOST_TEST(near(few.fitted->value, std::log(9) / std::log(3)));
  BOOST_TEST(few.used() == 1);
  BOOST_TEST(few.after.nll == few.before.nll);
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace credence::benchmarks
