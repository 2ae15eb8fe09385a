// The two layer families. A model's text takes its layers and its activation from a family. The
// frequentist and the Bayesian model thus have the same text, shapes and parameter names.
#pragma once

#include "bayes/layers/layers.hpp"
#include "framework/nn/activation.hpp"
#include "framework/nn/layers.hpp"

namespace credence::zoo {

/// Layers whose weights are numbers: those of framework/nn/layers.hpp, with PyTorch's default
/// initialisation.
struct Frequentist {
  nn::Activation activation = nn::Activation::relu();

  using Linear = nn::Linear;
  using Conv2d = nn::Conv2d;

  Linear linear(std::int64_t in, std::int64_t out, const Generator& generator) const {
    return {in, out, nn::LinearOptions{}, generator};
  }
  Conv2d conv2d(std::int64_t in, std::int64_t out, const nn::ConvOptions& options,
                const Generator& generator) const {
    return {in, out, options, generator};
  }
};

/// Layers whose weights are distributions: those of bayes/layers, with the given posterior, prior
/// and estimator. Without the last two those of bayes::Variational are taken.
struct Bayesian {
  nn::Activation activation = nn::Activation::softplus();
  bayes::Posterior posterior = bayes::VariationalDropout{};
  bayes::Prior prior{};
  bayes::Estimator estimator{};

  using Linear = bayes::BayesianLinear;
  using Conv2d = bayes::BayesianConv2d;

  Linear linear(std::int64_t in, std::int64_t out, const Generator& generator) const {
    return {in, out, nn::LinearOptions{}, {posterior, prior, estimator}, generator};
  }
  Conv2d conv2d(std::int64_t in, std::int64_t out, const nn::ConvOptions& options,
                const Generator& generator) const {
    return {in, out, options, {posterior, prior, estimator}, generator};
  }
};

}  // namespace credence::zoo
