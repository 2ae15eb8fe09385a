// The moments of a product with random weights, and outputs drawn from them: the pointwise part.
// V is any number type (see pointwise.hpp).
#pragma once

#include "framework/formulas/pointwise.hpp"

#include <cmath>

namespace credence::formulas {

/// The gradient of x through the moments of a product with random weights:
/// d(x w)/dx and d(x² v)/dx = 2 x v.
struct MomentsGradient {
  template <class V>
  constexpr V operator()(V through_mean, V through_variance, V x) const {
    return through_mean + (x + x) * through_variance;
  }
};

/// √(variance + ε); a variance that rounding in a fast convolution left below 0 counts as 0.
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

/// The derivative of AddNoise of a Deviation by the variance.
struct AddNoiseSlope {
  template <class V>
  constexpr V operator()(V deviation, V noise) const {
    return V(0.5) * noise / deviation;
  }
};

}  // namespace credence::formulas
