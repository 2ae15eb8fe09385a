// What the objective, predictions and conversions ask of a layer with random weights.
#pragma once

#include "framework/nn/module.hpp"
#include "framework/ops/random_convolution.hpp"

#include <cstdint>
#include <optional>

namespace credence::bayes {

/// Whether a forward pass draws from the posterior or uses its mean.
enum class Sampling : std::uint8_t { sample, mean };

/// A layer with a distribution of weights. Elbo, predictions, convert and the reports of programs
/// find every layer of this type in a model, those of a program's own included. A layer whose
/// random weight enters by one product derives from WeightLayer instead, and gets posterior, prior
/// and estimator from there.
class BayesianLayer : public nn::Module {
 public:
  /// The Kullback-Leibler divergence of the layer's posterior from its prior, in nats, or an
  /// unbiased estimate of it; a differentiable scalar. An objective calls it once a step, after the
  /// forward passes.
  virtual Variable kl_divergence() = 0;

  Sampling sampling() const { return sampling_; }
  void set_sampling(Sampling sampling) { sampling_ = sampling; }

  /// Whether forward() accepts a batch that holds several samples of the posterior.
  virtual bool folds() const { return false; }
  /// Sets whether batches do (see FoldedSamples).
  void set_fold(const std::optional<Fold>& fold) { fold_ = fold; }

  /// Sets the number of the draw of weights that all calls share, or none (see FunctionDraw).
  void set_function(const std::optional<std::uint64_t>& draw) { function_ = draw; }

  /// Makes the means of the weights the centre of the prior, where it has one (Centre::weights).
  virtual void centre_prior() {}
  /// Sets the deviation of each weight to `ratio` times its mean's magnitude.
  virtual void set_relative_deviation(double /*ratio*/) {}

 protected:
  BayesianLayer() = default;
  const std::optional<Fold>& fold() const { return fold_; }
  const std::optional<std::uint64_t>& function() const { return function_; }

 private:
  Sampling sampling_ = Sampling::sample;
  std::optional<Fold> fold_;
  std::optional<std::uint64_t> function_;
};

}  // namespace credence::bayes
