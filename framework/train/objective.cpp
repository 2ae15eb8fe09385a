// The mean cross-entropy −(1/N) Σ_n log softmax(logits_n)[label_n], whose op is in
// framework/ops/softmax.cpp, the one with class weights and label smoothing, and the mean squared
// error 1/(N·D) Σ (output − target)², as objectives.
#include "framework/train/objective.hpp"

#include "framework/base/error.hpp"
#include "framework/ops/arithmetic.hpp"
#include "framework/ops/pointwise.hpp"
#include "framework/ops/reduce.hpp"
#include "framework/ops/softmax.hpp"

#include <string>

namespace credence::train {
namespace {

// The targets in the output's shape. Broadcasting would pair each output with every target.
Tensor targets_like(const Variable& output, const Tensor& targets) {
  const auto refuse = [&](const std::string& wanted) {
    return "[mean_squared_error] the targets must be " + wanted + ", as the outputs are, not " +
           (targets.defined()
                ? std::string(to_string(targets.dtype())) + ' ' + targets.shape().to_string()
                : std::string("undefined"));
  };
  const Shape& shape = output.shape();
  const bool column =
      shape.rank() == 2 && shape[1] == 1 && targets.defined() && targets.shape() == Shape{shape[0]};
  if (!targets.defined() || (targets.shape() != shape && !column)) {
    throw ShapeError(refuse(shape.to_string()));
  }
  if (targets.dtype() != output.dtype()) throw ValueError(refuse(to_string(output.dtype())));
  return targets.reshape(shape);
}

}  // namespace

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
  return {nll, {{"nll", nll.value()}, accuracy(logits.value(), batch.targets)}, true};
}

Loss CrossEntropy::operator()(nn::Module& model, const Batch& batch,
                              const TrainingPosition& position) const {
  if (options.classes.ignore_index || options.classes.reduction != LossReduction::mean) {
    throw ValueError("[CrossEntropy] takes the mean over all labels");
  }
  if (options.plain()) return cross_entropy(model, batch, position);
  const Variable logits = output_of(model, batch);
  const Variable total =
      credence::cross_entropy(logits, batch.targets, weights_like(options, logits.value()));
  const NoGrad no_grad;
  const Variable nll = credence::cross_entropy(logits, batch.targets);
  const Tensor& weight = options.classes.weight;
  const bool repeats = !weight.defined() || weight.device() == logits.device();
  return {total, {{"nll", nll.value()}, accuracy(logits.value(), batch.targets)}, repeats};
}

Loss mean_squared_error(nn::Module& model, const Batch& batch, const TrainingPosition&) {
  const Variable output = output_of(model, batch);
  const Variable error = mean(square(output - Variable(targets_like(output, batch.targets))));
  return {error,
          {{.name = "rmse",
            .value = error.value(),
            .rule = Rule::root_mean,
            .display = Display::number}},
          true};
}

}  // namespace credence::train
