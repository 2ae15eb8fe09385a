// Predictions from a posterior: averages over passes with new noise.
#pragma once

#include "framework/nn/module.hpp"
#include "framework/train/evaluate.hpp"

namespace credence::bayes {

struct PredictOptions {
  /// Passes to average over; 0 for one pass with the posterior's mean, without noise.
  std::int64_t samples = 15;
};

/// The log of the class probabilities averaged over the posterior, log(1/S Σ softmax(logits)),
/// [N, C] for images [N, …], as the log-sum-exp over samples of log_softmax(logits): a class to
/// which all samples give next to no probability keeps its logarithm. The noise is the same at each
/// call, and training goes on afterwards as if there had been none. Throws ValueError for samples <
/// 0, and for scores that are not numbers, naming the model's tensor that has such an element.
Tensor predictive_log_probabilities(nn::Module& model, const Tensor& images,
                                    const PredictOptions& options = {});

/// Accuracy and negative log-likelihood of those predictions over a data set. Throws ValueError,
/// naming the tensor, where one of the model's has an element that is not finite, and as
/// train::evaluate does.
train::Metrics evaluate(nn::Module& model, train::BatchSource& source,
                        const PredictOptions& options = {});

}  // namespace credence::bayes
