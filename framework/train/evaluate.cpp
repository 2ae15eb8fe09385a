// Accuracy = correct / N and mean negative log-likelihood of the labels over a data set, summed on
// the device that computes the predictions.
#include "framework/train/evaluate.hpp"

#include "framework/base/error.hpp"
#include "framework/base/function_ref.hpp"
#include "framework/dispatch/kernels.hpp"
#include "framework/nn/finite.hpp"
#include "framework/ops/pointwise.hpp"
#include "framework/ops/reduce.hpp"
#include "framework/ops/softmax.hpp"
#include "framework/train/objective.hpp"

#include <cmath>

namespace credence::train {

namespace {

// 0, or NaN where an element is NaN: clamping to [0, 0] lets only NaN through.
Tensor nan_check(const Tensor& tensor) { return sum(clamp(Variable(tensor), 0, 0)).value(); }

void add_correct(const Tensor& scores, const Tensor& labels, double* total) {
  const Tensor wanted = labels.to(scores.device());
  visit_kernels(scores, [&](const auto& kernels) {
    kernels.add_correct(scores.shape()[0], scores.shape()[1], scores, wanted, total);
  });
}

// Sums the scores of log-probabilities [N, C] over epoch 0 of the source.
Metrics evaluate_batches(BatchSource& source, FunctionRef<Tensor(const Batch&)> predict) {
  const NoGrad no_grad;
  Metrics metrics;
  // On the predictions' device: the number of correct samples, the sum of the losses, and a sum
  // that is NaN where a score was. The host waits for the device once, at the end.
  Tensor totals;
  source.start_epoch(0);
  for (Batch batch; source.next(batch);) {
    const Tensor log_probabilities = predict(batch);
    const Tensor labels = batch.targets.to(log_probabilities.device());
    if (!totals.defined()) totals = Tensor::zeros({3}, DType::float64, log_probabilities.device());
    metrics.samples += labels.numel();
    add_correct(log_probabilities, labels, totals.data<double>());
    const Tensor nll = nll_loss(Variable(log_probabilities), labels).value();
    const Tensor check = nan_check(log_probabilities);
    visit_kernels(nll, [&]<class T>(const Kernels<T>& kernels) {
      kernels.add_scalars({2, {nll.data<T>(), check.data<T>()}},
                          static_cast<double>(labels.numel()), totals.data<double>() + 1);
    });
  }
  if (metrics.samples == 0) return metrics;
  const std::vector<double> sums = totals.to_vector<double>();
  require_labels("evaluate", sums[0]);
  if (std::isnan(sums[2])) {
    throw ValueError("[evaluate] scores are not numbers (nan), which is no prediction");
  }
  metrics.accuracy = sums[0] / static_cast<double>(metrics.samples);
  metrics.nll = sums[1] / static_cast<double>(metrics.samples);
  return metrics;
}

}  // namespace

std::int64_t count_correct(const Tensor& scores, const Tensor& labels) {
  if (scores.shape().rank() != 2 || labels.shape() != Shape{scores.shape()[0]}) {
    throw ShapeError("[count_correct] scores [N, C] and labels [N] do not fit: " +
                     scores.shape().to_string() + " and " + labels.shape().to_string());
  }
  const Tensor total = Tensor::zeros({}, DType::float64, scores.device());
  add_correct(scores, labels, total.data<double>());
  const double correct = total.item();
  require_labels("count_correct", correct);
  return static_cast<std::int64_t>(correct);
}

void require_labels(const char* op, double correct) {
  if (!std::isnan(correct)) return;
  throw ValueError(std::string("[") + op +
                   "] a label is outside [0, C), with C the model's classes");
}

bool has_nan(const Tensor& tensor) {
  const NoGrad no_grad;
  return std::isnan(nan_check(tensor).item());
}

Metrics evaluate(BatchSource& source, const Predictor& predictor) {
  return evaluate_batches(source, [&](const Batch& batch) { return predictor(batch.inputs); });
}

Metrics evaluate(nn::Module& model, BatchSource& source) {
  nn::require_finite(model, "evaluate");
  const nn::EvaluationMode mode(model);
  const Device device = nn::device_of(model);
  return evaluate_batches(source, [&](const Batch& batch) {
    const Batch there = map_tensors(batch, [&](const Tensor& tensor) { return tensor.to(device); });
    return log_softmax(output_of(model, there)).value();
  });
}

}  // namespace credence::train
