// The interface of a likelihood: the distribution of a target given a model's outputs, p(y |
// outputs).
#pragma once

#include "framework/autograd/variable.hpp"
#include "framework/ops/losses.hpp"
#include "framework/train/monitor.hpp"

#include <concepts>
#include <memory>
#include <utility>
#include <vector>

namespace credence::bayes {

/// The mean and the variance of targets, both in the targets' shape [N, D].
struct TargetMoments {
  Tensor mean;
  Tensor variance;
};

/// p(y | outputs) for a batch of N samples. To add a likelihood, derive from this class. It is
/// constant: what is learned about the noise is in the outputs (see LearnedNoise).
class OutputDistribution {
 public:
  OutputDistribution() = default;
  OutputDistribution(const OutputDistribution&) = default;
  OutputDistribution(OutputDistribution&&) = default;
  OutputDistribution& operator=(const OutputDistribution&) = default;
  OutputDistribution& operator=(OutputDistribution&&) = default;
  virtual ~OutputDistribution() = default;

  /// log p(y_n | outputs_n) of each sample, [N], in nats: the sum over the elements of y_n. Throws
  /// ShapeError where outputs and targets do not fit.
  virtual Variable log_density(const Variable& outputs, const Tensor& targets) const = 0;
  /// −mean_n log p(y_n | outputs_n).
  virtual Variable negative_log_likelihood(const Variable& outputs, const Tensor& targets) const;
  /// What an objective reports of a batch, from the outputs of one or several passes with new
  /// noise; nothing by default.
  virtual std::vector<train::Monitor> monitors(const std::vector<Variable>& outputs,
                                               const Tensor& targets) const;
  /// E[y | outputs] and Var[y | outputs] of real targets. Throws Error where targets are not
  /// numbers.
  virtual TargetMoments moments(const Tensor& outputs) const = 0;
};

/// The choice of a likelihood. An object of a class that is derived from OutputDistribution is one.
class Likelihood {
 public:
  /// CategoricalLikelihood.
  Likelihood();
  template <std::derived_from<OutputDistribution> D>
  Likelihood(D distribution)  // NOLINT: implicit, so that a choice reads as the distribution
      : chosen_(std::make_shared<const D>(std::move(distribution))) {}

  const OutputDistribution& operator*() const { return *chosen_; }
  const OutputDistribution* operator->() const { return chosen_.get(); }

 private:
  std::shared_ptr<const OutputDistribution> chosen_;
};

/// Class labels int64 [N] given logits [N, C]: p(y) = softmax(logits)_y. Its monitor is "accuracy",
/// that of the probabilities averaged over passes.
///
/// With class weights w and label smoothing ε the logarithm of the density becomes
///   Σ_c w_c ((1 − ε) [c = y] + ε / C) log p(c),
/// which is no distribution of y any more: its exponentials do not add up to 1 over y. A weight
/// w_y is a power of the likelihood, p(y)^w_y, so that a sample of class y counts as w_y samples;
/// weights whose mean over the training set is 1 leave the balance with the divergence as it is.
/// Unlike the mean of train::CrossEntropy, the one of Elbo is not divided by the weights. With
/// smoothing the term is, by Jensen's inequality, at most log Σ_c ((1 − ε) [c = y] + ε / C) p(c),
/// the log-likelihood of labels of which a share ε was replaced by random ones. Elbo then trains a
/// generalised posterior (Bissiri et al. 2016, arXiv 1306.6430), and its monitor "nll" is this
/// term. Evaluations measure the plain likelihood.
class CategoricalLikelihood : public OutputDistribution {
 public:
  CategoricalLikelihood() : CategoricalLikelihood(CrossEntropyOptions{}) {}
  /// Throws ValueError for a label to ignore, of which no density is known.
  explicit CategoricalLikelihood(CrossEntropyOptions options);

  Variable log_density(const Variable& outputs, const Tensor& targets) const override;
  Variable negative_log_likelihood(const Variable& outputs, const Tensor& targets) const override;
  std::vector<train::Monitor> monitors(const std::vector<Variable>& outputs,
                                       const Tensor& targets) const override;
  TargetMoments moments(const Tensor& outputs) const override;

 private:
  CrossEntropyOptions options_;
};

}  // namespace credence::bayes
