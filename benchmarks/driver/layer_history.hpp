// Figures of a Bayesian model's layers over the epochs of a run.
#pragma once

#include "framework/core/named_tensor.hpp"
#include "framework/nn/module.hpp"

#include <string>
#include <utility>
#include <vector>

namespace credence::benchmarks {

/// A number of each layer, by its path.
using LayerNumbers = std::vector<std::pair<std::string, double>>;

/// The mean over its weights of log α = log(σ² / μ²), for each layer of a Bayesian model that is a
/// bayes::WeightLayer.
LayerNumbers mean_log_alpha(nn::Module& model);

/// log α of all weights of these layers, named "log_alpha/LAYER".
std::vector<NamedTensor> log_alpha_tensors(nn::Module& model);

/// What is measured of the layers after each epoch.
struct LayerHistory {
  std::vector<LayerNumbers> kl{};         ///< KL divergence in nats
  std::vector<LayerNumbers> log_alpha{};  ///< mean_log_alpha

  void measure(nn::Module& model);
};

/// Numbers of the same layers after each epoch, as float64 [E, L]; and back, with the names of
/// `layers`. Throws ValueError where the tensor has another shape or type.
Tensor as_tensor(const std::vector<LayerNumbers>& epochs);
std::vector<LayerNumbers> from_tensor(const Tensor& tensor, std::int64_t epochs,
                                      const LayerNumbers& layers);

}  // namespace credence::benchmarks
