// Conversion of a trained frequentist model into the Bayesian model of the same architecture.
#pragma once

#include "bayes/convert.hpp"
#include "framework/base/error.hpp"
#include "zoo/family.hpp"

namespace credence::zoo {

/// What conversion permits.
struct ConvertOptions {
  /// Whether the models may have different activations. Weights that were trained with one
  /// activation rarely work with another.
  bool allow_other_activation = false;
};

/// Copies the weights of a frequentist model into the means of the Bayesian one. In mean mode that
/// then gives the same outputs, bit for bit. Throws ValueError where the activations differ, and as
/// bayes::copy_weights does; nothing is copied then.
template <template <class> class Model>
void convert(Model<Frequentist>& from, Model<Bayesian>& to, const ConvertOptions& options = {}) {
  if (!options.allow_other_activation && !(from.activation == to.activation)) {
    throw ValueError("[convert] the weights were trained with the activation " +
                     from.activation.name() + ", the model that they are copied to has " +
                     to.activation.name());
  }
  bayes::copy_weights(from, to);
}

}  // namespace credence::zoo
