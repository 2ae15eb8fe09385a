// Switching a model's Bayesian layers to folded batches and back.
#include "bayes/folded_samples.hpp"

#include "framework/base/error.hpp"

namespace credence::bayes {

FoldedSamples::FoldedSamples(nn::Module& model, const Fold& fold)
    : layers_(bayesian_layers(model)) {
  if (fold.samples < 1) {
    throw ValueError("[FoldedSamples] needs at least 1 sample, not " +
                     std::to_string(fold.samples));
  }
  for (const NamedLayer& named : layers_) {
    if (!named.layer->folds()) {
      throw ValueError("[FoldedSamples] the layer \"" + named.name +
                       "\" does not compute several samples in one pass");
    }
  }
  for (const NamedLayer& named : layers_) named.layer->set_fold(fold);
}

FoldedSamples::~FoldedSamples() {
  for (const NamedLayer& named : layers_) named.layer->set_fold({});
}

}  // namespace credence::bayes
