// Averages of class probabilities over passes, log(1/S Σ_s softmax(logits_s)), computed from
// log-probabilities.
#include "bayes/predict.hpp"

#include "bayes/evaluation.hpp"
#include "framework/base/error.hpp"
#include "framework/nn/finite.hpp"
#include "framework/ops/arithmetic.hpp"
#include "framework/ops/softmax.hpp"

#include <cmath>

namespace credence::bayes {
namespace {

Tensor average(Evaluation& evaluation, const Tensor& images) {
  const NoGrad no_grad;
  // Probabilities are added as logarithms, so that small ones do not become 0.
  Variable total;
  evaluation.for_each_pass(images, [&](const Variable& logits) {
    const Variable term = log_softmax(logits);
    total = total.defined() ? logaddexp(total, term) : term;
  });
  const std::int64_t passes = evaluation.passes();
  return passes == 1 ? total.value() : (total - std::log(static_cast<double>(passes))).value();
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
