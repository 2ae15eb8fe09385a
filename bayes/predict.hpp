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
/// [N, C] for images [N, …]. The noise is the same at each call, and training goes on afterwards as
/// if there had been none. Throws ValueError for samples < 0.
Tensor predictive_log_probabilities(nn::Module& model, const Tensor& images,
                                    const PredictOptions& options = {});

/// Accuracy and negative log-likelihood of those predictions over a data set.
train::Metrics evaluate(nn::Module& model, train::BatchSource& source,
                        const PredictOptions& options = {});

}  // namespace credence::bayes
