// What likelihoods share, and the one of class labels.
#include "bayes/likelihood/likelihood.hpp"

#include "framework/base/error.hpp"
#include "framework/ops/arithmetic.hpp"
#include "framework/ops/reduce.hpp"
#include "framework/ops/softmax.hpp"

#include <string>

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

Variable CategoricalLikelihood::log_density(const Variable& outputs, const Tensor& targets) const {
  const Variable log_probabilities = log_softmax(outputs);
  const Shape& shape = log_probabilities.shape();
  if (targets.dtype() != DType::int64 || targets.shape() != Shape{shape[0]}) {
    throw ShapeError("[CategoricalLikelihood] expected int64 labels [" + std::to_string(shape[0]) +
                     "], not " + to_string(targets.dtype()) + ' ' + targets.shape().to_string());
  }
  // The label's element of each row, by a product with the one-hot labels.
  const Tensor labels = targets.to(Device::cpu);
  const Tensor one_hot = Tensor::zeros(shape, log_probabilities.dtype());
  for (std::int64_t n = 0; n < shape[0]; ++n) {
    const std::int64_t label = labels.data<std::int64_t>()[n];
    if (label < 0 || label >= shape[1]) {
      throw ValueError("[CategoricalLikelihood] label " + std::to_string(label) + " of sample " +
                       std::to_string(n) + " is outside [0, " + std::to_string(shape[1]) + ")");
    }
    one_hot.view_at(n * shape[1] + label, {1}).fill(1);
  }
  return sum(log_probabilities * Variable(one_hot.to(log_probabilities.device())), {1});
}

Variable CategoricalLikelihood::negative_log_likelihood(const Variable& outputs,
                                                        const Tensor& targets) const {
  return nll_loss(log_softmax(outputs), targets);
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
