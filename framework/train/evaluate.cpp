#include "framework/train/evaluate.hpp"

#include "framework/core/error.hpp"
#include "framework/kernels.hpp"
#include "framework/ops/softmax.hpp"

namespace credence::train {

namespace {

void add_correct(const Tensor& scores, const Tensor& labels, double* total) {
  const Tensor wanted = labels.to(scores.device());
  visit_kernels(scores, [&]<class T>(const Kernels<T>& kernels) {
    kernels.add_correct(scores.shape()[0], scores.shape()[1], scores.data<T>(),
                        wanted.data<std::int64_t>(), total);
  });
}

}  // namespace

std::int64_t count_correct(const Tensor& scores, const Tensor& labels) {
  if (scores.shape().rank() != 2 || labels.shape() != Shape{scores.shape()[0]}) {
    throw ShapeError("[count_correct] scores [N, C] and labels [N] do not fit: " +
                     scores.shape().to_string() + " and " + labels.shape().to_string());
  }
  const Tensor total = Tensor::zeros({}, DType::float64, scores.device());
  add_correct(scores, labels, total.data<double>());
  return static_cast<std::int64_t>(total.item());
}

Metrics evaluate(BatchSource& source, const Predictor& predictor) {
  const NoGrad no_grad;
  Metrics metrics;
  // Correct samples and the sum of their losses, where the predictions are: a device is waited for
  // once, at the end.
  Tensor totals;
  source.start_epoch(0);
  for (Batch batch; source.next(batch);) {
    const Tensor log_probabilities = predictor(batch.images);
    const Tensor labels = batch.labels.to(log_probabilities.device());
    if (!totals.defined()) totals = Tensor::zeros({2}, DType::float64, log_probabilities.device());
    metrics.samples += labels.numel();
    add_correct(log_probabilities, labels, totals.data<double>());
    const Tensor nll = nll_loss(Variable(log_probabilities), labels).value();
    visit_kernels(nll, [&]<class T>(const Kernels<T>& kernels) {
      kernels.add_scalars({1, {nll.data<T>()}}, static_cast<double>(labels.numel()),
                          totals.data<double>() + 1);
    });
  }
  if (metrics.samples == 0) return metrics;
  const std::vector<double> sums = totals.to_vector<double>();
  metrics.accuracy = sums[0] / static_cast<double>(metrics.samples);
  metrics.nll = sums[1] / static_cast<double>(metrics.samples);
  return metrics;
}

Metrics evaluate(nn::Module& model, BatchSource& source) {
  const bool training = model.training();
  model.train(false);
  const Device device = nn::device_of(model);
  const Metrics metrics = evaluate(source, [&](const Tensor& images) {
    return log_softmax(model(Variable(images.to(device)))).value();
  });
  model.train(training);
  return metrics;
}

}  // namespace credence::train
