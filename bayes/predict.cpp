// Averages of class probabilities over passes, log(1/S Σ_s softmax(logits_s)), computed from
// log-probabilities.
#include "bayes/predict.hpp"

#include "bayes/average.hpp"
#include "bayes/evaluation.hpp"
#include "bayes/methods/trained_network.hpp"
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
  TrainedNetwork network(model);
  return predictive_log_probabilities(network, images, options);
}

Tensor predictive_log_probabilities(Method& method, const Tensor& images,
                                    const PredictOptions& options) {
  const NoGrad no_grad;
  AverageOfPasses total;
  for_each_pass(method, images, options.samples,
                [&](const PassOutputs& pass) { total.add(log_softmax(pass.outputs)); });
  Tensor result = total.value().value();
  if (train::has_nan(result)) {
    method.require_finite("predict");
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
