// What likelihoods share, and the one of class labels.
#include "bayes/likelihood/likelihood.hpp"

#include "framework/base/error.hpp"
#include "framework/dispatch/kernels.hpp"
#include "framework/ops/arithmetic.hpp"
#include "framework/ops/reduce.hpp"
#include "framework/ops/softmax.hpp"

#include <string>

namespace credence::bayes {
namespace {

// Elsewhere than on the host the check would have to wait for the device. The monitor "accuracy"
// finds a wrong label there.
void check_range(const Shape& shape, const Tensor& labels) {
  if (labels.device() != Device::cpu) return;
  for (std::int64_t n = 0; n < shape[0]; ++n) {
    const std::int64_t label = labels.data<std::int64_t>()[n];
    if (label >= 0 && label < shape[1]) continue;
    throw ValueError("[CategoricalLikelihood] label " + std::to_string(label) + " of sample " +
                     std::to_string(n) + " is outside [0, " + std::to_string(shape[1]) + ")");
  }
}

}  // namespace

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
  check_range(shape, targets);
  // The label's element of each row, by a product with the one-hot labels: −N times the gradient of
  // the mean loss.
  const Tensor minus_rows = Tensor::full({}, -static_cast<double>(shape[0]),
                                         log_probabilities.dtype(), log_probabilities.device());
  const Tensor labels = targets.to(log_probabilities.device());
  const Tensor one_hot = Tensor::empty_like(log_probabilities.value());
  visit_kernels(one_hot, [&](const auto& kernels) {
    kernels.nll_loss_backward(shape[0], shape[1], labels, minus_rows, one_hot);
  });
  return sum(log_probabilities * Variable(one_hot), {1});
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
