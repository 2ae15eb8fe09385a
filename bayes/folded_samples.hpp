// Several samples of the posterior in one forward pass.
#pragma once

#include "bayes/walk.hpp"

namespace credence::bayes {

/// While an object is alive, a forward pass of the model on fold.images images gives the outputs
/// for fold.samples samples of the posterior, without a graph. The outputs of sample s are the rows
/// [s · images, (s + 1) · images). The first Bayesian layer gets the images once, computes mean and
/// variance of its output once, and returns a row for each image and sample. Later layers see a
/// larger batch.
///
/// The result equals that of separate passes where
/// - rows do not depend on each other, as in evaluation mode;
/// - the layers before the first Bayesian layer draw no noise, because all samples share their
///   output;
/// - rows of images do not meet rows of samples: a residual connection around the first Bayesian
///   layer adds N rows to S · N rows, which is a ShapeError (with one image it broadcasts,
///   correctly).
/// A model without a Bayesian layer that samples returns fold.images rows. The destructor switches
/// the layers back to plain batches. The constructor throws ValueError for fewer than one sample,
/// and where a layer does not fold (BayesianLayer::folds).
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
