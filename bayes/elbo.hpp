// The objective of variational inference.
#pragma once

#include "framework/nn/module.hpp"
#include "framework/train/objective.hpp"

#include <string>
#include <utility>
#include <vector>

namespace credence::bayes {

/// The divergence of a model's posterior from its prior in nats: the sum over all its Bayesian
/// layers, nested ones included; 0 where there are none.
Variable kl_divergence(nn::Module& model);

/// The same for each layer, by its path.
std::vector<std::pair<std::string, double>> kl_divergence_per_layer(nn::Module& model);

/// The negative evidence lower bound of the whole training set,
///   loss = N · mean NLL + w · KL,
/// where N is the number of training samples, the mean is taken over the batch and over `samples`
/// passes with new noise, and KL counts once (Blundell et al. 2015, arXiv 1505.05424, equation 2).
/// Its weight w is the temperature T, to which it rises linearly from 0 in the first part of the
/// training where a warm-up is asked for (Sønderby et al. 2016, arXiv 1602.02282).
/// Reports the terms "nll" (the mean, per sample) and "kl" (in nats, before w).
struct Elbo {
  double temperature = 1;    ///< T: 1 for Bayes' rule, less for a cold posterior
  double warm_up = 0;        ///< the share of the run's steps in which w rises, 0 to 1
  std::int64_t samples = 1;  ///< passes per step

  /// w at a step: T · min(1, step / (warm_up · steps)).
  double kl_weight(const train::TrainingPosition& position) const;

  /// Throws ValueError for samples < 1, a negative temperature or a warm-up outside 0…1.
  train::Loss operator()(nn::Module& model, const train::Batch& batch,
                         const train::TrainingPosition& position) const;
};

}  // namespace credence::bayes
