// What the entries of the list of models are written with: a model's text once for both families.
#pragma once

#include "zoo/architecture.hpp"
#include "zoo/family.hpp"

#include <type_traits>
#include <utility>

namespace credence::zoo {

/// The function of an entry that makes the model. `make(options, generator, layers)` returns it
/// with the layers of Frequentist or Bayesian, which have the activation, the posterior, the prior
/// and the estimator of the options.
template <class Make>
auto for_both_families(Make make) {
  return [make](const ModelOptions& options, Family family, const Generator& generator) {
    const auto made = [&](auto layers) {
      if (options.activation) layers.activation = *options.activation;
      if constexpr (std::is_same_v<decltype(layers), Bayesian>) {
        if (options.variational) {
          layers.posterior = options.variational->posterior;
          layers.prior = options.variational->prior;
          layers.estimator = options.variational->estimator;
        }
      }
      auto made_model = make(options, generator, layers);
      auto model = std::make_unique<decltype(made_model)>(std::move(made_model));
      std::vector<nn::ChainLayer> chain;
      if constexpr (requires { model->chain(); }) chain = model->chain();
      // A model may choose its activation by its options.
      nn::Activation activation = layers.activation;
      if constexpr (requires { model->activation; }) activation = model->activation;
      return NamedModel{std::move(model), activation, std::move(chain)};
    };
    return family == Family::frequentist ? made(Frequentist{}) : made(Bayesian{});
  };
}

// The entries, each in a file of zoo/architectures.
Architecture lenet5();
Architecture mlp();
Architecture resnet(int depth);
Architecture vgg(int depth);

}  // namespace credence::zoo
