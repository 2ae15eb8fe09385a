// The Bayesian layers of a model.
#pragma once

#include "bayes/layers/bayesian_layer.hpp"

#include <string>
#include <utility>
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

/// Sets it while an object is alive. The destructor gives each layer back what it had.
class SamplingMode {
 public:
  SamplingMode(nn::Module& model, Sampling sampling);
  ~SamplingMode();
  SamplingMode(const SamplingMode&) = delete;
  SamplingMode& operator=(const SamplingMode&) = delete;

  /// The model's Bayesian layers, with what they had.
  const std::vector<std::pair<BayesianLayer*, Sampling>>& before() const { return before_; }

 private:
  std::vector<std::pair<BayesianLayer*, Sampling>> before_;
};

}  // namespace credence::bayes
