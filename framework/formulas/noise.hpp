// The pointwise part of a layer with random weights: an output drawn from the mean and the variance
// of the layer's product (local reparametrisation: Kingma et al. 2015, arXiv 1506.02557), and its
// derivatives. V is any number type (see pointwise.hpp).
#pragma once

#include "framework/formulas/pointwise.hpp"

#include <cmath>

namespace credence::formulas {

/// The gradient of x through mean = x w and variance = x² v, where w and v are mean and variance of
/// the weight: the gradient through the mean plus 2 x times that through x².
struct MomentsGradient {
  template <class V>
  constexpr V operator()(V through_mean, V through_variance, V x) const {
    return through_mean + (x + x) * through_variance;
  }
};

/// √(max(variance, 0) + ε). Rounding in a fast convolution can leave a variance below 0.
struct Deviation {
  template <class V>
  constexpr V operator()(V variance, V epsilon) const {
    using std::sqrt;
    return sqrt(where(variance < V(0), V(0), variance) + epsilon);
  }
};

/// mean + deviation · noise
struct AddNoise {
  template <class V>
  constexpr V operator()(V mean, V deviation, V noise) const {
    return mean + deviation * noise;
  }
};

/// ∂(mean + √(variance + ε) · noise) / ∂variance = noise / (2 · deviation)
struct AddNoiseSlope {
  template <class V>
  constexpr V operator()(V deviation, V noise) const {
    return V(0.5) * noise / deviation;
  }
};

}  // namespace credence::formulas
