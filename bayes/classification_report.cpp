// All metrics of a classifier's predictions: calls of the functions in bayes/metrics and of
// uncertainty.hpp, whose formulas they are.
#include "bayes/classification_report.hpp"

#include "bayes/metrics/detection.hpp"
#include "bayes/uncertainty.hpp"
#include "framework/ops/arithmetic.hpp"
#include "framework/ops/pointwise.hpp"
#include "framework/ops/reduce.hpp"

namespace credence::bayes {
namespace {

double mean_of(const Tensor& values) {
  const NoGrad no_grad;
  return mean(Variable(values.to(DType::float64))).value().item();
}

}  // namespace

ClassificationReport classification_report(const ClassPredictions& predictions, std::int64_t bins) {
  const NoGrad no_grad;
  const Tensor& log_p = predictions.mean_log_probabilities;
  const Tensor& labels = predictions.labels;
  ClassificationReport report;
  report.samples = predictions.samples();
  report.accuracy = metrics::accuracy(log_p, labels);
  report.nll = metrics::negative_log_likelihood(log_p, labels);
  report.brier = metrics::brier_score(log_p, labels);
  report.reliability = metrics::reliability_bins(log_p, labels, {.bins = bins});
  report.ece = metrics::expected_calibration_error(report.reliability);
  report.mce = metrics::maximum_calibration_error(report.reliability);
  report.adaptive_ece = metrics::expected_calibration_error(metrics::reliability_bins(
      log_p, labels, {.bins = bins, .binning = metrics::Binning::equal_mass}));
  report.classwise_ece = metrics::classwise_calibration_error(log_p, labels, {.bins = bins});
  const Uncertainty u = from_probabilities(exp(Variable(predictions.log_probabilities)).value());
  report.entropy = mean_of(u.entropy);
  report.mutual_information = mean_of(u.mutual_information);
  report.epistemic = mean_of(u.epistemic_trace);
  report.aleatoric = mean_of(u.aleatoric_trace);
  report.risk_coverage = metrics::risk_coverage_curve(metrics::max_probability(log_p),
                                                      metrics::zero_one_loss(log_p, labels));
  report.aurc = metrics::area_under_risk_coverage(report.risk_coverage);
  report.confusion = metrics::confusion_matrix(log_p, labels);
  report.per_class_accuracy = metrics::per_class_accuracy(report.confusion);
  return report;
}

ClassificationReport classification_report(nn::Module& model, train::BatchSource& source,
                                           const PredictOptions& options, std::int64_t bins) {
  return classification_report(class_predictions(model, source, options), bins);
}

std::vector<DetectionScore> detection_scores(const ClassPredictions& predictions) {
  const Tensor& log_p = predictions.mean_log_probabilities;
  return {{"max probability", (-Variable(metrics::max_probability(log_p))).value()},
          {"entropy", metrics::predictive_entropy(log_p)},
          {"mutual information", metrics::mutual_information(predictions.log_probabilities)},
          {"energy", predictions.energy}};
}

std::vector<Detection> detection_report(const ClassPredictions& own,
                                        const ClassPredictions& other) {
  const std::vector<DetectionScore> negatives = detection_scores(own);
  const std::vector<DetectionScore> positives = detection_scores(other);
  std::vector<Detection> report;
  for (std::size_t i = 0; i < positives.size(); ++i) {
    const Tensor& outside = positives[i].values;
    const Tensor& inside = negatives[i].values;
    report.push_back({positives[i].name, metrics::area_under_roc(outside, inside),
                      metrics::average_precision(outside, inside),
                      metrics::false_positive_rate_at(outside, inside)});
  }
  return report;
}

}  // namespace credence::bayes
