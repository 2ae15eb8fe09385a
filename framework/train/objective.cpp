// The mean cross-entropy −(1/N) Σ_n log softmax(logits_n)[label_n] as an objective. The op is in
// framework/ops/softmax.cpp.
#include "framework/train/objective.hpp"

#include "framework/ops/softmax.hpp"

namespace credence::train {

Loss cross_entropy(nn::Module& model, const Batch& batch, const TrainingPosition&) {
  const Variable logits = model(Variable(batch.images));
  const Variable nll = credence::cross_entropy(logits, batch.labels);
  return {nll, {{"nll", nll.value()}}, logits.value(), true};
}

}  // namespace credence::train
