// Predictions from a posterior: averages over passes with new noise.
#pragma once

#include "bayes/function_draw.hpp"
#include "bayes/methods/method.hpp"
#include "framework/nn/module.hpp"
#include "framework/train/evaluate.hpp"

namespace credence::bayes {

/// How predictions are averaged.
struct PredictOptions {
  /// The number of passes to average over; 0 for one pass with the posterior's mean and no noise.
  std::int64_t samples = 15;
  /// What a pass of a network draws. A Method draws in its own way.
  PassDraw draw = PassDraw::outputs;
  /// The processes that share the work, by default this one alone. All ranks make the same calls
  /// and get the same results, which are those of one process up to rounding. evaluate()
  /// spreads the rows of each batch over them; predictions for one batch and class_predictions()
  /// spread passes.
  Group* group = &single_process();
};

/// The logarithm of the class probabilities averaged over the posterior, log(1/S Σ_s
/// softmax(logits_s)), [N, C] for images [N, …]. It is computed as a log-sum-exp over samples of
/// log_softmax(logits), so that a class with a tiny probability in all samples has a finite
/// logarithm. The noise is the same at each call, and the noise of later training is unaffected.
/// Throws ValueError for samples < 0. Throws ValueError where a score is NaN; it names the tensor
/// of the model that is not finite, if there is one.
Tensor predictive_log_probabilities(nn::Module& model, const Tensor& images,
                                    const PredictOptions& options = {});
/// The same of any method.
Tensor predictive_log_probabilities(Method& method, const Tensor& images,
                                    const PredictOptions& options = {});

/// Accuracy and negative log-likelihood of these predictions over a data set. Throws ValueError
/// that names the tensor where a parameter or buffer of the model is not finite, and as
/// train::evaluate does.
train::Metrics evaluate(nn::Module& model, train::BatchSource& source,
                        const PredictOptions& options = {});

}  // namespace credence::bayes
