// One function drawn from the posterior, for any number of inputs, and the choice between this and
// noise for each output.
#pragma once

#include "bayes/walk.hpp"

#include <cstdint>

namespace credence::bayes {

/// What one pass of a prediction draws from the posterior.
enum class PassDraw : std::uint8_t {
  /// What each layer's estimator draws. Local reparametrisation draws every output by itself, from
  /// two products a layer. Several passes are computed as one batch, see FoldedSamples.
  outputs,
  /// The weights of each layer once (FunctionDraw), so that pass s is the same function for all
  /// inputs. One product a layer. An output of a fully connected layer has the same distribution as
  /// by local reparametrisation. Those of a convolution at different places of one image share
  /// their weights, which local reparametrisation neglects.
  weights
};

/// While an object is alive, every Bayesian layer of a model uses the same draw of its weights in
/// all calls, whatever its estimator: the model is one function, whose values at several inputs
/// have the posterior's correlations. The draw depends on the layers' generators and on `number`
/// alone. Layers in mean mode keep their mean. The destructor switches the layers back.
class FunctionDraw {
 public:
  FunctionDraw(nn::Module& model, std::uint64_t number);
  ~FunctionDraw();
  FunctionDraw(const FunctionDraw&) = delete;
  FunctionDraw& operator=(const FunctionDraw&) = delete;

 private:
  std::vector<NamedLayer> layers_;
};

}  // namespace credence::bayes
