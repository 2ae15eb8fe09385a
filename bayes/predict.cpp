// Averages of class probabilities over passes, log(1/S Σ_s softmax(logits_s)), computed from
// log-probabilities.
#include "bayes/predict.hpp"

#include "bayes/average.hpp"
#include "bayes/evaluation.hpp"
#include "bayes/methods/trained_network.hpp"
#include "framework/base/error.hpp"
#include "framework/nn/finite.hpp"
#include "framework/ops/arithmetic.hpp"
#include "framework/ops/softmax.hpp"

#include <cmath>

namespace credence::bayes {
namespace {

Tensor average(Evaluation& evaluation, const Tensor& images) {
  const NoGrad no_grad;
  AverageOfPasses total;
  evaluation.for_each_pass(images, [&](const Variable& logits) { total.add(log_softmax(logits)); });
  return total.value().value();
}

// log Σ_r (S_r / S) p_r of the averages p_r over the S_r passes of each rank. A rank without a pass
// has none.
Tensor average_of_ranks(Group& group, const Tensor& own, PartRange range, std::int64_t passes) {
  if (group.alone()) return own;
  Tensor weighted;
  if (own.defined()) {
    const double share = static_cast<double>(range.size()) / static_cast<double>(passes);
    weighted = (Variable(own.to(Device::cpu)) + std::log(share)).value();
    weighted = weighted.reshape({1, weighted.shape()[0], weighted.shape()[1]});
  }
  const Tensor all = gather_rows(group, weighted);
  Variable sum;
  for (std::int64_t r = 0; r < all.shape()[0]; ++r) {
    const Variable next(all.slice(r, r + 1));
    sum = sum.defined() ? logaddexp(sum, next) : next;
  }
  return sum.value().reshape({all.shape()[1], all.shape()[2]});
}

}  // namespace

Tensor predictive_log_probabilities(nn::Module& model, const Tensor& images,
                                    const PredictOptions& options) {
  TrainedNetwork network(model, options.draw);
  return predictive_log_probabilities(network, images, options);
}

Tensor predictive_log_probabilities(Method& method, const Tensor& images,
                                    const PredictOptions& options) {
  const NoGrad no_grad;
  Group& group = *options.group;
  const std::int64_t passes = method.passes(checked_samples(options.samples));
  const PartRange range = parts_of_rank(passes, group.rank(), group.size());
  AverageOfPasses total;
  for_some_passes(method, range, images, options.samples,
                  [&](const PassOutputs& pass) { total.add(log_softmax(pass.outputs)); });
  Tensor result =
      average_of_ranks(group, range.size() > 0 ? total.value().value() : Tensor(), range, passes);
  if (train::has_nan(result)) {
    method.require_finite("predict");
    throw ValueError(
        "[predict] scores are not numbers (nan), though the model's tensors are finite");
  }
  return result;
}

train::Metrics evaluate(nn::Module& model, train::BatchSource& source,
                        const PredictOptions& options) {
  nn::require_finite(model, "evaluate");
  Evaluation evaluation(model, options.samples, options.draw);
  return train::evaluate(
      source, [&](const Tensor& images) { return average(evaluation, images); }, *options.group);
}

}  // namespace credence::bayes
