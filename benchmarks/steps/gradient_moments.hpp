// Mean and variance of a random gradient over draws of a model's noise.
#pragma once

#include "framework/nn/module.hpp"
#include "framework/train/objective.hpp"

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace credence::benchmarks {

/// A measured value with its standard error.
struct Estimate {
  double value = 0;
  double error = 0;
};

/// The gradient of one parameter.
struct ParameterMoments {
  std::string layer;  ///< the path of the module that has it: "conv1"
  nn::Role role = nn::Role::weight;
  std::vector<double> mean{};  ///< of each element
  /// The sum over the elements of their variances, measured in each block of draws apart.
  std::vector<double> block_variances{};
};

/// Some parameters of a model.
struct ParameterGroup {
  std::optional<nn::Role> role{};      ///< those of this role
  std::optional<std::string> layer{};  ///< those of this layer

  bool contains(const ParameterMoments& p) const {
    return (!role || p.role == *role) && (!layer || p.layer == *layer);
  }
};

/// The gradient of a model's parameters over draws, for fixed weights and batches.
struct GradientMoments {
  std::int64_t draws = 0;    ///< of each batch
  std::int64_t batches = 0;  ///< over which all below is a mean
  std::vector<ParameterMoments> parameters{};

  /// Σ Var[∂L/∂θ] over the elements θ of a group, the variance being that of the noise for a fixed
  /// batch. The standard error comes from the blocks of draws.
  Estimate variance(const ParameterGroup& group) const;
  /// The paths of the layers in the model's order.
  std::vector<std::string> layers() const;
};

/// Draws the gradient of the objective so many times for each batch. The draws are cut into at most
/// 10 blocks of at least 2. Throws ValueError for fewer than 4 draws and for no batch.
GradientMoments gradient_moments(nn::Module& model, const train::Objective& objective,
                                 const std::vector<train::Batch>& batches, std::int64_t draws);

/// ‖a − b‖ / √(E‖a − b‖²) for the mean gradients a and b of a group, where the denominator is what
/// their variances make of the distance if the expectations are the same. It is then about 1.
double distance_in_standard_errors(const GradientMoments& a, const GradientMoments& b,
                                   const ParameterGroup& group = {});

}  // namespace credence::benchmarks
