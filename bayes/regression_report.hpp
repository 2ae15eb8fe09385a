// What a model predicts for real targets, and what the predictions are worth.
#pragma once

#include "bayes/likelihood/likelihood.hpp"
#include "bayes/methods/method.hpp"
#include "bayes/metrics/regression.hpp"
#include "bayes/predict.hpp"

#include <vector>

namespace credence::bayes {

/// The distribution of targets [N, D] for N inputs by S passes with new noise: the mixture of the
/// passes' distributions, 1/S Σ_s p(y | outputs_s). Its variance has two parts (Depeweg et al.
/// 2018, arXiv 1710.07283): that of the passes' means, which comes from the weights, and the mean
/// of the passes' variances, which comes from the data. All tensors are float32 on the CPU.
struct PredictiveMoments {
  Tensor means;      ///< [S, N, D], of each pass
  Tensor variances;  ///< [S, N, D], of each pass
  Tensor mean;       ///< [N, D]
  Tensor epistemic;  ///< [N, D], 1/S Σ_s (mean_s − mean)², a variance
  Tensor aleatoric;  ///< [N, D], 1/S Σ_s variance_s
};

/// The moments of the model's predictions for inputs [N, …]. The noise is the same at each call,
/// and the noise of later training is unaffected. Throws Error for a likelihood of labels,
/// ValueError for samples < 0.
PredictiveMoments predictive_moments(nn::Module& model, const Tensor& inputs,
                                     const Likelihood& likelihood,
                                     const PredictOptions& options = {});
/// The same of any method.
PredictiveMoments predictive_moments(Method& method, const Tensor& inputs,
                                     const Likelihood& likelihood,
                                     const PredictOptions& options = {});

/// An interval's probability, the share of targets inside, and its mean width.
struct IntervalReport {
  double level = 0;
  double coverage = 0;
  double width = 0;  ///< in the unit of the targets
};

/// The metrics of predictions over a data set; bayes/metrics states the formulas. Intervals and
/// CRPS are those of the mixture of normal distributions with the passes' means and variances,
/// which for GaussianLikelihood is the predictive distribution itself.
struct RegressionReport {
  std::int64_t samples = 0;  ///< N
  double rmse = 0;           ///< of the predictive mean, in the unit of the targets
  double mae = 0;
  double nll = 0;  ///< −mean log 1/S Σ_s p(y | outputs_s), nats a sample
  double crps = 0;
  double epistemic = 0;  ///< the mean of the epistemic variance
  double aleatoric = 0;  ///< the mean of the aleatoric variance
  std::vector<IntervalReport> intervals;
};

/// The report for epoch 0 of the source. Throws as predictive_moments does, and ValueError for a
/// level outside (0, 1).
RegressionReport regression_report(nn::Module& model, train::BatchSource& source,
                                   const Likelihood& likelihood, const PredictOptions& options = {},
                                   const std::vector<double>& levels = {0.5, 0.9, 0.95});
/// The same of any method.
RegressionReport regression_report(Method& method, train::BatchSource& source,
                                   const Likelihood& likelihood, const PredictOptions& options = {},
                                   const std::vector<double>& levels = {0.5, 0.9, 0.95});

}  // namespace credence::bayes
