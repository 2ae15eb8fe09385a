// Weight reparametrisation: y = product(x, w) + b with w drawn once a call.
#include "bayes/estimator/weight_reparametrization.hpp"

namespace credence::bayes {

LayerOutput WeightReparametrization::draw(const LayerDraw& call) const {
  const Variable weight = call.weight.sample(call.noise.next());
  return {call.product.apply(call.x, weight, call.bias, call.activation), weight};
}

}  // namespace credence::bayes
