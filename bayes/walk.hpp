#pragma once

#include "bayes/layers.hpp"

#include <string>
#include <vector>

namespace credence::bayes {

/// A Bayesian layer with its path in the model. The pointer is valid as long as the model stays
/// where it is.
struct NamedLayer {
  std::string name;
  BayesianLayer* layer;
};

/// Every Bayesian layer of a model at any depth, the model itself included, in the order of visit;
/// a layer that several modules share once.
std::vector<NamedLayer> bayesian_layers(nn::Module& model);

/// Sets the mode of all of them.
void set_sampling(nn::Module& model, Sampling sampling);

}  // namespace credence::bayes
