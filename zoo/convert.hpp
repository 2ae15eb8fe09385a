#pragma once

#include "bayes/convert.hpp"
#include "framework/base/error.hpp"
#include "zoo/family.hpp"

namespace credence::zoo {

struct ConvertOptions {
  /// Weights trained with one activation rarely work with another: VGG11 falls to chance where relu
  /// becomes softplus.
  bool allow_other_activation = false;
};

/// Makes the weights of a frequentist model the means of the Bayesian model of the same text: in
/// mean mode it then gives the same outputs, bit for bit. Throws ValueError where the activations
/// differ and as bayes::copy_weights does; nothing is copied then.
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
