// The Bayesian layers of a model.
#pragma once

#include "bayes/layers/bayesian_layer.hpp"

#include <string>
#include <vector>

namespace credence::bayes {

/// A Bayesian layer with its path in the model. The pointer is valid until the model moves.
struct NamedLayer {
  std::string name;
  BayesianLayer* layer;
};

/// Every Bayesian layer of a model at any depth, the model itself included, in the order of visit.
/// A shared layer is listed once.
std::vector<NamedLayer> bayesian_layers(nn::Module& model);

/// Throws ValueError where a model has Bayesian layers: `method`, which the message begins with,
/// makes a distribution of weights that are numbers.
void require_no_bayesian_layers(nn::Module& model, const std::string& method);

/// Sets the sampling mode of all Bayesian layers of a model.
void set_sampling(nn::Module& model, Sampling sampling);

}  // namespace credence::bayes
