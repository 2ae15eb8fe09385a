// What a model predicts for a whole data set, kept once for all metrics.
#pragma once

#include "bayes/methods/method.hpp"
#include "bayes/predict.hpp"

namespace credence::bayes {

/// The predictions of N samples by S passes with new noise, for C classes. All tensors are on the
/// CPU.
struct ClassPredictions {
  Tensor log_probabilities;  ///< [S, N, C], float32: log_softmax(logits) of each pass
  /// log(1/S Σ_s p_s), [N, C], float32, by log-sum-exp.
  Tensor mean_log_probabilities;
  /// −log Σ_c exp(logit_c), the mean over passes, [N], float64 (Liu et al. 2020, arXiv 2010.03759).
  Tensor energy;
  Tensor labels;  ///< int64 [N]

  std::int64_t samples() const { return labels.numel(); }
};

/// The predictions for epoch 0 of the source. The noise is the same at each call, and the noise of
/// later training is unaffected. Each batch is computed once. Needs 4 S N C bytes: 6 MB for the
/// test set of MNIST and 15 passes. Throws ShapeError where the outputs are not [N, C] or the
/// targets no labels, ValueError for options.samples < 0, and ValueError that names the tensor
/// where a parameter or buffer of the model is not finite.
ClassPredictions class_predictions(nn::Module& model, train::BatchSource& source,
                                   const PredictOptions& options = {});

/// The same of any method.
ClassPredictions class_predictions(Method& method, train::BatchSource& source,
                                   const PredictOptions& options = {});

/// Accuracy and negative log-likelihood of these predictions for the source that they were made
/// from: the bits that bayes::evaluate gives, without another pass of the model. Throws ShapeError
/// where the source has another number of samples.
train::Metrics evaluate(const ClassPredictions& predictions, train::BatchSource& source);

}  // namespace credence::bayes
