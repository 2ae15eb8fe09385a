// Averages of class probabilities over passes, log(1/S Σ_s softmax(logits_s)), computed from
// log-probabilities.
#include "bayes/predict.hpp"

#include "bayes/average.hpp"
#include "bayes/evaluation.hpp"
#include "framework/base/error.hpp"
#include "framework/nn/finite.hpp"
#include "framework/ops/softmax.hpp"

namespace credence::bayes {
namespace {

Tensor average(Evaluation& evaluation, const Tensor& images) {
  const NoGrad no_grad;
  AverageOfPasses total;
  evaluation.for_each_pass(images, [&](const Variable& logits) { total.add(log_softmax(logits)); });
  return total.value().value();
}

}  // namespace

Tensor predictive_log_probabilities(nn::Module& model, const Tensor& images,
                                    const PredictOptions& options) {
  Tensor result;
  {
    Evaluation evaluation(model, options.samples);
    result = average(evaluation, images);
  }
  if (train::has_nan(result)) {
    nn::require_finite(model, "predict");
    throw ValueError(
        "[predict] scores are not numbers (nan), though the model's tensors are finite");
  }
  return result;
}

train::Metrics evaluate(nn::Module& model, train::BatchSource& source,
                        const PredictOptions& options) {
  nn::require_finite(model, "evaluate");
  Evaluation evaluation(model, options.samples);
  return train::evaluate(source, [&](const Tensor& images) { return average(evaluation, images); });
}

}  // namespace credence::bayes
