// An estimator of one's own: antithetic draws of the weights.
#pragma once

#include "credence.hpp"

namespace example {

using namespace credence;

/// The first half of a batch sees a draw w of the weights, the second half its mirror image 2 μ −
/// w. Errors that are odd in the noise cancel between the halves. For posteriors that are symmetric
/// around their mean.
class Antithetic : public bayes::WeightEstimator {
 public:
  bayes::LayerOutput draw(const bayes::LayerDraw& call) const override {
    const Variable weight = call.weight.sample(call.noise.next());
    const Variable mirrored = call.weight.mean() * 2 - weight;
    const std::int64_t rows = call.x.shape()[0];
    const auto part = [&](std::int64_t begin, std::int64_t end, const Variable& w) {
      return call.product.apply(slice(call.x, begin, end), w, call.bias, call.activation);
    };
    if (rows < 2) return {part(0, rows, weight), weight};
    return {concat({part(0, rows / 2, weight), part(rows / 2, rows, mirrored)}, 0), weight};
  }
  int products() const override { return 1; }
};

}  // namespace example
