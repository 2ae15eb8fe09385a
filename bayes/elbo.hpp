// The objective of variational inference: the evidence lower bound.
#pragma once

#include "bayes/kl_schedule.hpp"
#include "bayes/likelihood/likelihood.hpp"
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
///   loss = N · mean NLL + w · KL with w = T · warm_up(position)
/// (Blundell et al. 2015, arXiv 1505.05424, equation 2). N is the number of training samples. The
/// mean of the negative log-likelihood is over the batch and over `samples` passes with new noise.
/// KL is counted once, for any number of passes. The monitors are "nll" (the mean, in nats per
/// training sample), "kl" (in nats, without w), those of the likelihood, such as "accuracy", and
/// "kl/nll", which is KL / (N · mean NLL), without w. Ranks can share the passes (see
/// train::DataParallel::passes).
struct Elbo {
  double temperature = 1;    ///< T: 1 for Bayes' rule, below 1 for a cold posterior
  KlSchedule warm_up{};      ///< a number is the share of the run's steps in which w rises
  std::int64_t samples = 1;  ///< forward passes in each step
  Likelihood likelihood{};   ///< p(y | outputs): of class labels given logits by default

  /// w at a step.
  double kl_weight(const train::TrainingPosition& position) const {
    return temperature * warm_up(position);
  }

  /// The loss of a batch. Throws ValueError for samples < 1 and a negative temperature, and where
  /// the model has no Bayesian layer; and as the likelihood does.
  train::Loss operator()(nn::Module& model, const train::Batch& batch,
                         const train::TrainingPosition& position) const;
};

/// The negative importance-weighted bound,
///   loss = −N · mean log(1/S Σ_s p(y | x, w_s)) + w · KL,
/// with the likelihood averaged over the S draws before the logarithm (Burda et al. 2016, arXiv
/// 1509.00519, with the weights as latent variables and KL kept in closed form). For S = 1 it is
/// Elbo; for more draws its first term is at most that of Elbo, by Jensen's inequality. Members and
/// monitors are those of Elbo.
struct ImportanceWeightedBound {
  double temperature = 1;
  KlSchedule warm_up{};
  std::int64_t samples = 5;  ///< S
  Likelihood likelihood{};

  train::Loss operator()(nn::Module& model, const train::Batch& batch,
                         const train::TrainingPosition& position) const;
};

}  // namespace credence::bayes
