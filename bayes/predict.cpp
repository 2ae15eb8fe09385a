#include "bayes/predict.hpp"

#include "bayes/evaluation.hpp"
#include "framework/ops/arithmetic.hpp"
#include "framework/ops/pointwise.hpp"
#include "framework/ops/softmax.hpp"

namespace credence::bayes {
namespace {

Tensor average(Evaluation& evaluation, const Tensor& images) {
  const NoGrad no_grad;
  Variable total;
  const std::int64_t passes = evaluation.passes();
  evaluation.for_each_pass(images, [&](const Variable& logits) {
    const Variable term = passes == 1 ? log_softmax(logits) : softmax(logits);
    total = total.defined() ? total + term : term;
  });
  if (passes == 1) return total.value();
  // The smallest normal number keeps a class that no pass gave any probability finite.
  return log(clamp(total * (1 / static_cast<double>(passes)), 1.2e-38, 1)).value();
}

}  // namespace

Tensor predictive_log_probabilities(nn::Module& model, const Tensor& images,
                                    const PredictOptions& options) {
  Evaluation evaluation(model, options.samples);
  return average(evaluation, images);
}

train::Metrics evaluate(nn::Module& model, train::BatchSource& source,
                        const PredictOptions& options) {
  Evaluation evaluation(model, options.samples);
  return train::evaluate(source, [&](const Tensor& images) { return average(evaluation, images); });
}

}  // namespace credence::bayes
