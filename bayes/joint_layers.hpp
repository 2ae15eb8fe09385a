// What is computed once for all layers of a model, instead of in each layer, because a device
// starts a kernel for each op: the variances of the weights, and the divergence.
#pragma once

#include "bayes/walk.hpp"

#include <vector>

namespace credence::bayes {

class WeightLayer;

/// While an object lives, the layers use variances of their weights that it computed at once: one
/// op for all posteriors of one class (WeightPosterior::variances), whose gradients meet in one op
/// too. It must outlive the forward passes and may end before the backward pass. On the CPU it
/// computes nothing: there the layers' own ops cost no more, and their gradients are complete one
/// layer after the other, beside the sending of which ranks compute (train::GradientBuckets).
class JointVariances {
 public:
  explicit JointVariances(const std::vector<NamedLayer>& layers);
  ~JointVariances();
  JointVariances(const JointVariances&) = delete;
  JointVariances& operator=(const JointVariances&) = delete;

 private:
  std::vector<WeightLayer*> layers_;
};

/// The sum of the layers' divergences (BayesianLayer::kl_divergence), a differentiable scalar;
/// undefined where there are no layers. On a device, priors of one class that have a form for
/// several posteriors (WeightPrior::sum_of_divergences) are one op.
Variable sum_of_divergences(const std::vector<NamedLayer>& layers);

}  // namespace credence::bayes
