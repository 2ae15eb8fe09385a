// Tests of a classifier's predictions for a data set, and of all metrics of them. The expected
// numbers are numpy's and scikit-learn's for the same probabilities.
#include "bayes/classification_report.hpp"

#include "bayes/evaluation.hpp"
#include "bayes/layers/layers.hpp"
#include "bayes/metrics/detection.hpp"
#include "bayes/posterior/gaussian.hpp"
#include "framework/base/error.hpp"
#include "framework/ops/pointwise.hpp"
#include "framework/ops/softmax.hpp"
#include "tests/bayes/support.hpp"
#include "tests/reference/reference.hpp"

#include <cmath>
#include <limits>
#include <string>
#include <vector>

#include <boost/test/unit_test.hpp>

namespace credence::bayes {

BOOST_AUTO_TEST_SUITE(reports_of_classifiers)

namespace {

ClassPredictions of(const Shape& shape, const std::vector<float>& probabilities,
                    const std::vector<std::int64_t>& labels) {
  ClassPredictions result;
  result.log_probabilities = log(Variable(Tensor::from(shape, probabilities))).value();
  result.mean_log_probabilities = metrics::mean_log_probabilities(result.log_probabilities);
  result.labels = Tensor::from({shape[1]}, labels);
  result.energy = Tensor::zeros({shape[1]}, DType::float64);
  return result;
}

// Four rows, three classes, two passes.
ClassPredictions own() {
  return of({2, 4, 3}, {.75F, .15F, .1F,  .12F, .78F, .1F, .35F, .25F, .4F, .62F, .28F, .1F,
                        .9F,  .05F, .05F, .3F,  .6F,  .1F, .5F,  .1F,  .4F, .2F,  .73F, .07F},
            {0, 1, 2, 0});
}
ClassPredictions other() {
  return of({2, 2, 3}, {.4F, .3F, .3F, .5F, .25F, .25F, .3F, .4F, .3F, .55F, .25F, .2F}, {0, 0});
}

bool near(double actual, double expected) { return std::abs(actual - expected) < 1e-6; }

train::Batch rows(std::int64_t begin, std::int64_t end) {
  const Tensor x = float_normals({7, 5}, "x");
  return {x.slice(begin, end),
          Tensor::from({7}, std::vector<std::int64_t>{0, 1, 2, 0, 1, 2, 0}).slice(begin, end)};
}

BayesianLinear model() { return {5, 3, {}, Gaussian{.log_variance = -2}, Generator(1)}; }

}  // namespace

BOOST_AUTO_TEST_CASE(all_metrics_are_those_of_scikit_learn) {
  const ClassificationReport r = classification_report(own());
  BOOST_TEST(r.samples == 4);
  BOOST_TEST(near(r.accuracy.value, 0.5));
  BOOST_TEST(near(r.accuracy.standard_error, 0.25));
  BOOST_TEST(near(r.nll, 0.592831106299));
  BOOST_TEST(near(r.brier, 0.3445125));
  BOOST_TEST(near(r.ece, 0.35375));
  BOOST_TEST(near(r.mce, 0.505));
  BOOST_TEST(near(r.adaptive_ece, 0.35375));
  BOOST_TEST(near(r.classwise_ece, 0.208333333333));
  BOOST_TEST(near(r.entropy, 0.838140333142));
  BOOST_TEST(near(r.mutual_information, 0.044872431339));
  BOOST_TEST(near(r.epistemic, 0.0327875));
  BOOST_TEST(near(r.aleatoric, 0.4602));
  BOOST_TEST(near(r.aurc, 0.208333333333));
  BOOST_TEST(r.reliability.size() == 15U);
  BOOST_TEST(r.risk_coverage.risk.size() == 4U);
  BOOST_TEST(r.confusion.to_vector<std::int64_t>() ==
                 (std::vector<std::int64_t>{1, 1, 0, 0, 1, 0, 1, 0, 0}),
             boost::test_tools::per_element());
  const std::vector<double> classes = r.per_class_accuracy.to_vector<double>();
  BOOST_TEST(classes == (std::vector<double>{0.5, 1, 0}), boost::test_tools::per_element());
}

BOOST_AUTO_TEST_CASE(detection_is_that_of_scikit_learn) {
  const std::vector<Detection> found = detection_report(own(), other());
  BOOST_REQUIRE(found.size() == 4U);
  BOOST_TEST(found[0].score == "max probability");
  BOOST_TEST(near(found[0].auroc, 0.75));
  BOOST_TEST(near(found[0].aupr, 0.75));
  BOOST_TEST(near(found[0].fpr95, 0.5));
  BOOST_TEST(found[1].score == "entropy");
  BOOST_TEST(near(found[1].auroc, 0.875));
  BOOST_TEST(near(found[1].aupr, 0.833333333333));
  BOOST_TEST(near(found[1].fpr95, 0.25));
  BOOST_TEST(found[2].score == "mutual information");
  BOOST_TEST(near(found[2].auroc, 0));
  BOOST_TEST(near(found[2].aupr, 0.266666666667));
  BOOST_TEST(near(found[2].fpr95, 1));
}

// Batches of 4 and 3 rows, as one batch of 7.
BOOST_AUTO_TEST_CASE(predictions_are_the_passes_over_all_batches) {
  BayesianLinear layer = model();
  FixedBatches source({rows(0, 4), rows(4, 7)});
  const ClassPredictions p = class_predictions(layer, source, {.samples = 3});
  BOOST_TEST((p.log_probabilities.shape() == Shape{3, 7, 3}));
  BOOST_TEST((p.mean_log_probabilities.shape() == Shape{7, 3}));
  BOOST_TEST(p.labels.to_vector<std::int64_t>() == (std::vector<std::int64_t>{0, 1, 2, 0, 1, 2, 0}),
             boost::test_tools::per_element());
  std::vector<double> energies(7);
  std::int64_t pass = 0;
  Evaluation evaluation(layer, 3);
  // The noise of a batch is numbered within the batch, so the first four rows are compared.
  evaluation.for_each_pass(rows(0, 4).inputs, [&](const Variable& logits) {
    const Tensor expected = log_softmax(logits).value();
    const Tensor found = p.log_probabilities.view_at(pass++ * 21, {4, 3});
    BOOST_TEST(largest_error(found, expected) < 1e-6);
    const std::vector<double> z = logits.value().to_vector<double>();
    for (std::size_t n = 0; n < 4; ++n) {
      energies[n] -=
          std::log(std::exp(z[3 * n]) + std::exp(z[3 * n + 1]) + std::exp(z[3 * n + 2])) / 3;
    }
  });
  BOOST_TEST(pass == 3);
  for (std::size_t n = 0; n < 4; ++n) {
    BOOST_TEST(near(p.energy.to_vector<double>()[n], energies[n]));
  }
  const train::Metrics metrics = bayes::evaluate(layer, source, {.samples = 3});
  const ClassificationReport report = classification_report(layer, source, {.samples = 3});
  BOOST_TEST(near(report.accuracy.value, metrics.accuracy()));
  BOOST_TEST(near(report.nll, metrics.nll()));
}

// The bits of bayes::evaluate, without the model.
BOOST_AUTO_TEST_CASE(kept_predictions_score_as_the_model_does) {
  BayesianLinear layer = model();
  FixedBatches source({rows(0, 4), rows(4, 7)});
  for (const std::int64_t samples : {0, 1, 3}) {
    const ClassPredictions kept = class_predictions(layer, source, {.samples = samples});
    const train::Metrics expected = bayes::evaluate(layer, source, {.samples = samples});
    const train::Metrics found = evaluate(kept, source);
    BOOST_TEST(found.samples == 7);
    BOOST_TEST(found.accuracy() == expected.accuracy());
    BOOST_TEST(found.nll() == expected.nll());
  }
  FixedBatches fewer({rows(0, 4)});
  BOOST_CHECK_EXCEPTION(evaluate(class_predictions(layer, source), fewer), ShapeError,
                        says("predictions of 7 samples for a source of 4"));
}

BOOST_AUTO_TEST_CASE(one_pass_with_the_mean_has_no_epistemic_part) {
  BayesianLinear layer = model();
  FixedBatches source({rows(0, 7)});
  const ClassificationReport report = classification_report(layer, source, {.samples = 0});
  BOOST_TEST(near(report.mutual_information, 0));
  BOOST_TEST(near(report.epistemic, 0));
  BOOST_TEST(report.aleatoric > 0);
}

BOOST_AUTO_TEST_CASE(what_cannot_be_predicted_is_refused) {
  BayesianLinear layer = model();
  FixedBatches floats({{float_normals({7, 5}, "x"), float_normals({7}, "y")}});
  BOOST_CHECK_EXCEPTION(class_predictions(layer, floats), ShapeError,
                        says("expected outputs [N, C] and int64 labels [N]"));
  FixedBatches source({rows(0, 7)});
  BOOST_CHECK_THROW(class_predictions(layer, source, {.samples = -1}), ValueError);
  parameter(layer, "weight").value().fill(std::numeric_limits<double>::quiet_NaN());
  BOOST_CHECK_EXCEPTION(class_predictions(layer, source), ValueError, says("weight"));
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace credence::bayes
