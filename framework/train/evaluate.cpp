// Accuracy = correct / N and mean negative log-likelihood of the labels over a data set, or any
// objective's monitors, summed on the device that computes them.
#include "framework/train/evaluate.hpp"

#include "framework/base/error.hpp"
#include "framework/base/function_ref.hpp"
#include "framework/nn/finite.hpp"
#include "framework/ops/pointwise.hpp"
#include "framework/ops/reduce.hpp"
#include "framework/ops/softmax.hpp"
#include "framework/train/running_sums.hpp"

#include <cmath>

namespace credence::train {

namespace {

// 0, or NaN where an element is NaN: clamping to [0, 0] lets only NaN through.
Tensor nan_check(const Tensor& tensor) { return sum(clamp(Variable(tensor), 0, 0)).value(); }

Metrics metrics_of(std::int64_t samples, const RunningSums::Totals& totals) {
  if (std::isnan(totals.check)) {
    throw ValueError("[evaluate] scores are not numbers (nan), which is no prediction");
  }
  return classification_metrics(samples, totals.monitors[0].value(),
                                totals.loss / static_cast<double>(samples));
}

// Sums the scores of log-probabilities [N, C] over epoch 0 of the source. The host waits for the
// predictions' device once, at the end.
Metrics evaluate_batches(BatchSource& source, FunctionRef<Tensor(const Batch&)> predict) {
  const NoGrad no_grad;
  RunningSums sums("evaluate");
  std::int64_t samples = 0;
  source.start_epoch(0);
  for (Batch batch; source.next(batch);) {
    const Tensor log_probabilities = predict(batch);
    const Tensor labels = batch.targets.to(log_probabilities.device());
    samples += batch.samples();
    sums.add(nll_loss(Variable(log_probabilities), labels).value(),
             {accuracy(log_probabilities, labels)}, batch.samples());
    sums.add_check(nan_check(log_probabilities));
  }
  if (samples == 0) return {};
  return metrics_of(samples, sums.read(samples));
}

// The same with each batch's rows spread over the ranks.
Metrics evaluate_batches(BatchSource& source, FunctionRef<Tensor(const Batch&)> predict,
                         Group& group) {
  if (group.alone()) return evaluate_batches(source, predict);
  const NoGrad no_grad;
  const SharedSource shared(source, {group.rank(), group.rank() + 1, group.size()});
  RunningSums sums("evaluate");
  std::int64_t samples = 0;
  source.start_epoch(0);
  for (Batch whole; source.next(whole);) {
    const auto [batch, rows] = shared.rows_of(whole);
    const BatchScope scope(group, rows, false);
    const Tensor log_probabilities = predict(batch);
    const Tensor labels = batch.targets.to(log_probabilities.device());
    samples += rows.counted_rows();
    sums.add(nll_loss(Variable(log_probabilities), labels).value(),
             {accuracy(log_probabilities, labels)}, batch.samples(), rows.weight());
    sums.add_check(nan_check(log_probabilities));
  }
  const RunningSums::Totals own = sums.read(samples);
  std::vector<double> all{own.loss, own.check, static_cast<double>(samples), 0};
  if (!own.monitors.empty()) all[3] = own.monitors[0].total;
  group.all_reduce(std::span(all));
  samples = static_cast<std::int64_t>(all[2]);
  if (samples == 0) return {};
  RunningSums::Totals totals{.loss = all[0], .check = all[1], .monitors = own.monitors};
  totals.monitors[0].total = all[3];
  totals.monitors[0].divisor = all[2];
  return metrics_of(samples, totals);
}

}  // namespace

Metrics classification_metrics(std::int64_t samples, double accuracy, double nll) {
  return {samples, {{"accuracy", accuracy, Display::percent}, {"nll", nll}}};
}

std::int64_t count_correct(const Tensor& scores, const Tensor& labels) {
  const Monitor counted = accuracy(scores, labels);
  const Tensor total = Tensor::zeros({}, DType::float64, scores.device());
  counted.add_to(total.data<double>());
  const double correct = total.item();
  if (std::isnan(correct)) throw ValueError("[count_correct] " + counted.if_nan);
  return static_cast<std::int64_t>(correct);
}

bool has_nan(const Tensor& tensor) {
  const NoGrad no_grad;
  return std::isnan(nan_check(tensor).item());
}

Metrics evaluate(BatchSource& source, const Predictor& predictor, Group& group) {
  return evaluate_batches(
      source, [&](const Batch& batch) { return predictor(batch.inputs); }, group);
}

Metrics evaluate(nn::Module& model, BatchSource& source, Group& group) {
  nn::require_finite(model, "evaluate");
  const nn::EvaluationMode mode(model);
  const Device device = nn::device_of(model);
  return evaluate_batches(
      source,
      [&](const Batch& batch) {
        return log_softmax(output_of(model, to_device(batch, device))).value();
      },
      group);
}

Metrics evaluate(nn::Module& model, BatchSource& source, const Objective& objective) {
  nn::require_finite(model, "evaluate");
  const nn::EvaluationMode mode(model);
  const NoGrad no_grad;
  const Device device = nn::device_of(model);
  const TrainingPosition trained{.training_samples = source.samples(), .step = 1, .steps = 1};
  RunningSums sums("evaluate");
  std::int64_t samples = 0;
  source.start_epoch(0);
  for (Batch batch; source.next(batch);) {
    const Loss loss = objective(model, to_device(batch, device), trained);
    samples += batch.samples();
    sums.add(loss.total.value(), loss.monitors, batch.samples());
  }
  if (samples == 0) return {};
  const RunningSums::Totals totals = sums.read(samples);
  if (std::isnan(totals.loss)) throw ValueError("[evaluate] the loss is not a number (nan)");
  Metrics metrics{samples, values_of(totals.monitors)};
  metrics.values.insert(metrics.values.begin(),
                        {"loss", totals.loss / static_cast<double>(samples), Display::number});
  return metrics;
}

}  // namespace credence::train
