// Predictions of a data set, pass by pass.
#include "bayes/predictions.hpp"

#include "bayes/average.hpp"
#include "bayes/methods/trained_network.hpp"
#include "bayes/metrics/detection.hpp"
#include "framework/base/error.hpp"
#include "framework/ops/reduce.hpp"
#include "framework/ops/shape_ops.hpp"
#include "framework/ops/softmax.hpp"

#include <string>
#include <utility>
#include <vector>

namespace credence::bayes {
namespace {

void check_outputs(const Shape& outputs, const Tensor& labels) {
  const bool fits =
      outputs.rank() == 2 && labels.dtype() == DType::int64 && labels.shape() == Shape{outputs[0]};
  if (fits) return;
  throw ShapeError("[class_predictions] expected outputs [N, C] and int64 labels [N], not " +
                   outputs.to_string() + " and " + to_string(labels.dtype()) + ' ' +
                   labels.shape().to_string());
}

// The rows of all batches of one pass.
struct Pass {
  std::vector<Variable> log_probabilities;
  std::vector<Variable> energies;
};

// The rows of all passes, one pass after the other.
std::vector<Variable> joined(const std::vector<Pass>& passes, std::vector<Variable> Pass::*rows) {
  std::vector<Variable> all;
  for (const Pass& pass : passes) all.insert(all.end(), (pass.*rows).begin(), (pass.*rows).end());
  return all;
}

// The rows of all ranks; a rank may have none.
Tensor of_all_ranks(Group& group, const std::vector<Variable>& rows) {
  const Tensor own = rows.empty() ? Tensor() : concat(rows, 0).value();
  return group.alone() ? own : gather_rows(group, own);
}

}  // namespace

ClassPredictions class_predictions(nn::Module& model, train::BatchSource& source,
                                   const PredictOptions& options) {
  TrainedNetwork network(model, options.draw);
  return class_predictions(network, source, options);
}

ClassPredictions class_predictions(Method& method, train::BatchSource& source,
                                   const PredictOptions& options) {
  const NoGrad no_grad;
  method.require_finite("class_predictions");
  const std::int64_t count = method.passes(checked_samples(options.samples));
  Group& group = *options.group;
  const PartRange range = parts_of_rank(count, group.rank(), group.size());
  std::vector<Pass> passes(static_cast<std::size_t>(range.size()));
  std::vector<Variable> labels;
  method.for_some_passes(range, source, options.samples, [&](const PassOutputs& outputs) {
    const Variable& logits = outputs.outputs;
    check_outputs(logits.shape(), outputs.batch.targets);
    Pass& pass = passes[static_cast<std::size_t>(outputs.pass - range.begin)];
    pass.log_probabilities.emplace_back(log_softmax(logits).value().to(Device::cpu).clone());
    pass.energies.emplace_back(metrics::energy(logits.value().to(Device::cpu)));
    if (outputs.pass == 0) labels.emplace_back(outputs.batch.targets.to(Device::cpu).clone());
  });
  ClassPredictions result;
  result.labels = of_all_ranks(group, labels);
  const std::int64_t samples = result.samples();
  const Variable log_probabilities(of_all_ranks(group, joined(passes, &Pass::log_probabilities)));
  result.log_probabilities =
      reshape(log_probabilities, {count, samples, log_probabilities.shape()[1]}).value();
  const Variable energies(of_all_ranks(group, joined(passes, &Pass::energies)));
  result.energy = mean(reshape(energies, {count, samples}), {0}).value();
  result.mean_log_probabilities =
      metrics::mean_log_probabilities(result.log_probabilities).to(DType::float32);
  return result;
}

train::Metrics evaluate(const ClassPredictions& predictions, train::BatchSource& source) {
  if (source.samples() != predictions.samples()) {
    throw ShapeError("[evaluate] predictions of " + std::to_string(predictions.samples()) +
                     " samples for a source of " + std::to_string(source.samples()));
  }
  const Tensor& all = predictions.log_probabilities;
  const std::int64_t passes = all.shape()[0];
  const std::int64_t samples = all.shape()[1];
  const Tensor rows = all.reshape({passes * samples, all.shape()[2]});
  std::int64_t begin = 0;
  return train::evaluate(source, [&](const Tensor& inputs) {
    const std::int64_t end = begin + inputs.shape()[0];
    AverageOfPasses average;
    for (std::int64_t s = 0; s < passes; ++s) {
      // On the device where the model averages them.
      average.add(Variable(rows.slice(s * samples + begin, s * samples + end).to(inputs.device())));
    }
    begin = end;
    return average.value().value();
  });
}

}  // namespace credence::bayes
