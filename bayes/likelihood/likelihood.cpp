// What likelihoods share, and the one of class labels.
#include "bayes/likelihood/likelihood.hpp"

#include "framework/base/error.hpp"
#include "framework/ops/arithmetic.hpp"
#include "framework/ops/reduce.hpp"
#include "framework/ops/softmax.hpp"

#include <string>
#include <utility>

namespace credence::bayes {
Variable OutputDistribution::negative_log_likelihood(const Variable& outputs,
                                                     const Tensor& targets) const {
  return -mean(log_density(outputs, targets));
}

std::vector<train::Monitor> OutputDistribution::monitors(const std::vector<Variable>&,
                                                         const Tensor&) const {
  return {};
}

Likelihood::Likelihood() : Likelihood(CategoricalLikelihood{}) {}

CategoricalLikelihood::CategoricalLikelihood(CrossEntropyOptions options)
    : options_(std::move(options)) {
  if (options_.classes.ignore_index) {
    throw ValueError("[CategoricalLikelihood] no label can be ignored");
  }
  options_.classes.reduction = LossReduction::none;
}

Variable CategoricalLikelihood::log_density(const Variable& outputs, const Tensor& targets) const {
  if (targets.dtype() != DType::int64) {
    throw ShapeError("[CategoricalLikelihood] expected int64 labels [" +
                     std::to_string(outputs.shape()[0]) + "], not " + to_string(targets.dtype()) +
                     ' ' + targets.shape().to_string());
  }
  return -cross_entropy(outputs, targets, weights_like(options_, outputs.value()));
}

Variable CategoricalLikelihood::negative_log_likelihood(const Variable& outputs,
                                                        const Tensor& targets) const {
  return options_.plain() ? nll_loss(log_softmax(outputs), targets)
                          : OutputDistribution::negative_log_likelihood(outputs, targets);
}

std::vector<train::Monitor> CategoricalLikelihood::monitors(const std::vector<Variable>& outputs,
                                                            const Tensor& targets) const {
  const NoGrad no_grad;
  // The order of one pass's logits is that of its probabilities.
  if (outputs.size() == 1) return {train::accuracy(outputs.front().value(), targets)};
  Variable sum;
  for (const Variable& logits : outputs) {
    const Variable probabilities = softmax(logits.detach());
    sum = sum.defined() ? sum + probabilities : probabilities;
  }
  return {train::accuracy(sum.value(), targets)};
}

TargetMoments CategoricalLikelihood::moments(const Tensor&) const {
  throw Error("[CategoricalLikelihood] class labels have no mean and no variance");
}

}  // namespace credence::bayes
