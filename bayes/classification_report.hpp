// All metrics of a classifier's predictions from one call.
#pragma once

#include "bayes/metrics/calibration.hpp"
#include "bayes/metrics/scores.hpp"
#include "bayes/metrics/selective.hpp"
#include "bayes/predictions.hpp"

#include <string>
#include <vector>

namespace credence::bayes {

/// What predictions of N samples are worth. bayes/metrics states the formulas. All are those of the
/// probabilities averaged over passes, except the parts of the uncertainty.
struct ClassificationReport {
  std::int64_t samples = 0;  ///< N
  metrics::Estimate accuracy;
  double nll = 0;            ///< nats a sample
  double brier = 0;          ///< the sum over classes
  double ece = 0;            ///< 15 bins of equal width by default
  double adaptive_ece = 0;   ///< the same number of bins of equal mass
  double classwise_ece = 0;  ///< the mean over classes, equal width
  double mce = 0;
  double entropy = 0;  ///< the mean entropy of the averaged probabilities, nats
  double mutual_information =
      0;                 ///< the mean over samples, nats: the epistemic part of the entropy
  double epistemic = 0;  ///< the mean trace of Kwon's epistemic covariance
  double aleatoric = 0;  ///< the mean trace of Kwon's aleatoric covariance
  double aurc = 0;       ///< by the largest probability, with the zero-one loss
  std::vector<metrics::ReliabilityBin> reliability;
  metrics::RiskCoverage risk_coverage;
  Tensor confusion;           ///< int64 [C, C], label by prediction
  Tensor per_class_accuracy;  ///< float64 [C]
};

/// The report of predictions. Throws ValueError for fewer than one sample or bin.
ClassificationReport classification_report(const ClassPredictions& predictions,
                                           std::int64_t bins = 15);

/// The same from a model and a data set.
ClassificationReport classification_report(nn::Module& model, train::BatchSource& source,
                                           const PredictOptions& options = {},
                                           std::int64_t bins = 15);

/// How well one score tells the samples of another data set from those of the model's own.
struct Detection {
  std::string score;  ///< "max probability", "entropy", "mutual information", "energy"
  double auroc = 0;
  double aupr = 0;   ///< with the other data set as the positive kind
  double fpr95 = 0;  ///< the share of own samples at a threshold that finds 95 % of the others
};

/// The scores of each sample by which Detection compares, larger ones for samples from outside:
/// −max_c p_c, predictive entropy, mutual information, energy.
struct DetectionScore {
  std::string name;
  Tensor values;  ///< float64 [N]
};
std::vector<DetectionScore> detection_scores(const ClassPredictions& predictions);

/// The detection of `other`, whose labels are not used, among `own` by each score.
std::vector<Detection> detection_report(const ClassPredictions& own, const ClassPredictions& other);

}  // namespace credence::bayes
