// Pointwise formulas of kernels that are more than one function of the catalogue: stated once, for
// any number type V, as there (see pointwise_functions.hpp).
#pragma once

#include "framework/kernels.hpp"

#include <cmath>
#include <limits>

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

/// One parameter's part of an AdamStep. Weight decay either joins the gradient or shrinks the
/// parameter directly (Loshchilov and Hutter 2019).
template <class V>
struct AdamUpdate {
  explicit constexpr AdamUpdate(const AdamStep& step)
      : beta1(V(step.beta1)),
        beta2(V(step.beta2)),
        rest1(V(1 - step.beta1)),
        rest2(V(1 - step.beta2)),
        penalty(V(step.decoupled_weight_decay ? 0 : step.weight_decay)),
        shrink(V(step.decoupled_weight_decay ? 1 - step.learning_rate * step.weight_decay : 1.0)),
        rate(V(step.learning_rate / step.correction1)),
        scale(V(1 / std::sqrt(step.correction2))),
        epsilon(V(step.epsilon)) {}

  constexpr void operator()(V grad, V& parameter, V& mean, V& variance) const {
    using std::sqrt;
    const V g = grad + penalty * parameter;
    mean = beta1 * mean + rest1 * g;
    variance = beta2 * variance + rest2 * (g * g);
    parameter = shrink * parameter - rate * mean / (sqrt(variance) * scale + epsilon);
  }

  V beta1;
  V beta2;
  V rest1;
  V rest2;
  V penalty;
  V shrink;
  V rate;
  V scale;
  V epsilon;
};

/// One parameter's part of an SgdStep, with and without momentum.
template <class V>
struct SgdUpdate {
  explicit constexpr SgdUpdate(const SgdStep& step)
      : rate(V(step.learning_rate)),
        momentum(V(step.momentum)),
        penalty(V(step.weight_decay)),
        nesterov(step.nesterov) {}

  constexpr void operator()(V grad, V& parameter) const {
    parameter = parameter - rate * (grad + penalty * parameter);
  }
  constexpr void operator()(V grad, V& parameter, V& velocity) const {
    const V g = grad + penalty * parameter;
    velocity = momentum * velocity + g;
    parameter = parameter - rate * (nesterov ? g + momentum * velocity : velocity);
  }

  V rate;
  V momentum;
  V penalty;
  bool nesterov;
};

/// What clipping a gradient's norm does (Pascanu et al. 2013, arXiv 1211.5063), as
/// torch.nn.utils.clip_grad_norm_: one that is not finite is left alone.
struct ClipScale {
  constexpr ClipScale(double max_norm, double square_sum)
      : norm(std::sqrt(square_sum)),
        scale(max_norm / (norm + 1e-6)),
        needed(norm < std::numeric_limits<double>::infinity() && scale < 1) {}

  double norm;
  double scale;
  bool needed;
};

/// The index of the largest of n values, of the first where there are several.
template <class T>
constexpr std::int64_t first_largest(std::int64_t n, const T* values) {
  std::int64_t best = 0;
  for (std::int64_t i = 1; i < n; ++i) {
    if (values[i] > values[best]) best = i;
  }
  return best;
}

/// 1 where the label is the index of the largest of n values, else 0; not a number where it is the
/// index of none, so that a sum tells.
template <class T>
constexpr double correct(std::int64_t n, const T* values, std::int64_t label) {
  if (label < 0 || label >= n) return std::numeric_limits<double>::quiet_NaN();
  return first_largest(n, values) == label ? 1 : 0;
}

}  // namespace credence::formulas
