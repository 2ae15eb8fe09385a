// The objective of variational inference: the evidence lower bound.
#pragma once

#include "framework/nn/module.hpp"
#include "framework/train/objective.hpp"

#include <string>
#include <utility>
#include <vector>

namespace credence::bayes {

/// KL(q ‖ p), the Kullback-Leibler divergence in nats of a model's posterior q from its prior p:
/// the sum over all its Bayesian layers, nested ones included. A float32 0 where there are none.
Variable kl_divergence(nn::Module& model);

/// The KL divergence of each Bayesian layer with its path, without a graph.
std::vector<std::pair<std::string, double>> kl_divergence_per_layer(nn::Module& model);

/// The negative evidence lower bound of the whole training set,
///   loss = N · mean NLL + w · KL
/// (Blundell et al. 2015, arXiv 1505.05424, equation 2). N is the number of training samples. The
/// mean of the negative log-likelihood is over the batch and over `samples` passes with new noise.
/// KL is counted once, for any number of passes. The weight w is the temperature T; with a warm-up
/// it rises linearly from 0 to T over the first part of the training (Sønderby et al. 2016, arXiv
/// 1602.02282). The monitors are "nll" (the mean, in nats per training sample), "kl" (in nats,
/// without w) and "accuracy".
struct Elbo {
  double temperature = 1;    ///< T: 1 for Bayes' rule, below 1 for a cold posterior
  double warm_up = 0;        ///< the share of the run's steps in which w rises, 0 to 1
  std::int64_t samples = 1;  ///< forward passes in each step

  /// w at a step: T · min(1, step / (warm_up · steps)), and T without a warm-up.
  double kl_weight(const train::TrainingPosition& position) const;

  /// The loss of a batch with labels as class indices; the model's outputs are logits. Throws
  /// ValueError for samples < 1, a negative temperature or a warm-up outside [0, 1].
  train::Loss operator()(nn::Module& model, const train::Batch& batch,
                         const train::TrainingPosition& position) const;
};

}  // namespace credence::bayes
