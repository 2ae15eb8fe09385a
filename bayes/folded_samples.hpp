#pragma once

#include "bayes/walk.hpp"

namespace credence::bayes {

/// While one is alive, a forward pass of the model on fold.images images gives the outputs for
/// fold.samples samples of the posterior, those of sample s in the rows [s · images,
/// (s + 1) · images), and records nothing for differentiation. The first Bayesian layer gets the
/// images once, works out its moments once, and returns a row for each image and sample; what comes
/// after it sees a larger batch.
///
/// That is what passes one by one give where
/// - rows do not depend on each other, as in evaluation mode;
/// - what comes before the first Bayesian layer has no noise of its own, as all samples share it;
/// - no rows of images meet rows of samples: a residual connection from before the first Bayesian
///   layer to behind it adds N to S · N rows, which is a ShapeError (with one image it broadcasts,
///   as it must).
/// A model without a Bayesian layer that samples returns fold.images rows. Layers go back to plain
/// batches afterwards. Throws ValueError for fewer than one sample.
class FoldedSamples {
 public:
  FoldedSamples(nn::Module& model, const Fold& fold);
  ~FoldedSamples();
  FoldedSamples(const FoldedSamples&) = delete;
  FoldedSamples& operator=(const FoldedSamples&) = delete;

 private:
  NoGrad no_grad_;
  std::vector<NamedLayer> layers_;
};

}  // namespace credence::bayes
