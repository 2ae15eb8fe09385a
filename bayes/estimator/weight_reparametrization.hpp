// Weight reparametrisation: one draw of the weights for a whole batch.
#pragma once

#include "bayes/estimator/weight_estimator.hpp"

namespace credence::bayes {

/// y = product(x, w) + b with one draw w of the posterior for each call (Blundell et al. 2015,
/// arXiv 1505.05424). All examples of the batch share the draw, so that the gradient's variance
/// does not fall with the size of the batch. The outputs are those of one function. For the same
/// function in several calls see FunctionDraw.
class WeightReparametrization : public WeightEstimator {
 public:
  LayerOutput draw(const LayerDraw& call) const override;
  int products() const override { return 1; }
};

}  // namespace credence::bayes
