// The mean cross-entropy −(1/N) Σ_n log softmax(logits_n)[label_n] as an objective. The op is in
// framework/ops/softmax.cpp.
#include "framework/train/objective.hpp"

#include "framework/ops/softmax.hpp"

namespace credence::train {

std::vector<Variable> outputs_of(nn::Module& model, const Batch& batch) {
  std::vector<Variable> inputs{Variable(batch.inputs)};
  for (const Tensor& input : batch.more_inputs) inputs.emplace_back(input);
  return model(inputs);
}

Variable output_of(nn::Module& model, const Batch& batch) {
  if (batch.more_inputs.empty()) return model(Variable(batch.inputs));
  const std::vector<Variable> outputs = outputs_of(model, batch);
  nn::require_count(outputs, 1, "output");
  return outputs.front();
}

Loss cross_entropy(nn::Module& model, const Batch& batch, const TrainingPosition&) {
  const Variable logits = output_of(model, batch);
  const Variable nll = credence::cross_entropy(logits, batch.targets);
  return {nll, {{"nll", nll.value()}}, logits.value(), true};
}

}  // namespace credence::train
