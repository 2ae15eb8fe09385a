#include "framework/train/evaluate.hpp"

#include "framework/core/error.hpp"
#include "framework/ops/reduce.hpp"
#include "framework/ops/softmax.hpp"

namespace credence::train {

std::int64_t count_correct(const Tensor& scores, const Tensor& labels) {
  if (scores.shape().rank() != 2 || labels.shape() != Shape{scores.shape()[0]}) {
    throw ShapeError("[count_correct] scores [N, C] and labels [N] do not fit: " +
                     scores.shape().to_string() + " and " + labels.shape().to_string());
  }
  const Tensor predicted = argmax(scores).to(Device::cpu);
  const Tensor wanted = labels.to(Device::cpu);
  std::int64_t correct = 0;
  for (std::int64_t i = 0; i < labels.numel(); ++i) {
    correct += predicted.data<std::int64_t>()[i] == wanted.data<std::int64_t>()[i] ? 1 : 0;
  }
  return correct;
}

Metrics evaluate(BatchSource& source, const Predictor& predictor) {
  const NoGrad no_grad;
  Metrics metrics;
  std::int64_t correct = 0;
  source.start_epoch(0);
  for (Batch batch; source.next(batch);) {
    const Tensor log_probabilities = predictor(batch.images);
    const std::int64_t count = batch.labels.numel();
    metrics.samples += count;
    correct += count_correct(log_probabilities, batch.labels);
    const Tensor labels = batch.labels.to(log_probabilities.device());
    metrics.nll +=
        nll_loss(Variable(log_probabilities), labels).value().item() * static_cast<double>(count);
  }
  if (metrics.samples == 0) return metrics;
  metrics.accuracy = static_cast<double>(correct) / static_cast<double>(metrics.samples);
  metrics.nll /= static_cast<double>(metrics.samples);
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
