// The steps of the optimisers for one parameter, and the clipping of a gradient's norm. V is any
// number type (see pointwise.hpp).
#pragma once

#include "framework/formulas/elementary.hpp"

#include <cmath>
#include <limits>

namespace credence {

/// The numbers of one step of Adam (Kingma and Ba 2015, arXiv 1412.6980) or AdamW (Loshchilov and
/// Hutter 2019, arXiv 1711.05101). correction1 = 1 − beta1^step and correction2 = 1 − beta2^step,
/// with step counted from 1. maximize turns the gradient round, so that the objective grows.
struct AdamStep {
  double learning_rate;
  double beta1;
  double beta2;
  double epsilon;
  double weight_decay;
  bool decoupled_weight_decay;
  double correction1;
  double correction2;
  bool maximize = false;
};

/// The numbers of one step of stochastic gradient descent, as torch.optim.SGD. dampening is that of
/// this step: the first one has none.
struct SgdStep {
  double learning_rate;
  double momentum;
  double weight_decay;
  bool nesterov;
  double dampening = 0;
  bool maximize = false;
};

}  // namespace credence

namespace credence::formulas {

/// Adam's step for one parameter p:
///   g = grad + weight_decay · p                       (without the second term if decoupled)
///   m = beta1 · m + (1 − beta1) · g
///   v = beta2 · v + (1 − beta2) · g²
///   p = p − rate · (m / correction1) / (√(v / correction2) + epsilon)
/// Decoupled weight decay (AdamW) first multiplies p by 1 − rate · weight_decay. AMSGrad (Reddi et
/// al. 2018, arXiv 1904.09237) divides by the largest v so far instead of v.
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
        epsilon(V(step.epsilon)),
        maximize(step.maximize) {}

  constexpr void operator()(V grad, V& parameter, V& mean, V& variance) const {
    moments(grad, parameter, mean, variance);
    move(mean, variance, parameter);
  }
  /// AMSGrad, or Adam where largest is null; maximize is heeded here alone.
  constexpr void with_options(V grad, V& parameter, V& mean, V& variance, V* largest) const {
    moments(maximize ? -grad : grad, parameter, mean, variance);
    if (largest == nullptr) {
      move(mean, variance, parameter);
      return;
    }
    *largest = where(variance > *largest, variance, *largest);
    move(mean, *largest, parameter);
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
  bool maximize;

 private:
  constexpr void moments(V grad, V parameter, V& mean, V& variance) const {
    const V g = grad + penalty * parameter;
    mean = beta1 * mean + rest1 * g;
    // In this order the product overflows only where the result does.
    variance = beta2 * variance + (rest2 * g) * g;
  }
  constexpr void move(V mean, V variance, V& parameter) const {
    using std::sqrt;
    parameter = shrink * parameter - rate * mean / (sqrt(variance) * scale + epsilon);
  }
};

/// The step of SGD for one parameter p, with and without momentum:
///   g = grad + weight_decay · p
///   v = momentum · v + (1 − dampening) · g
///   p = p − rate · v, or p − rate · (g + momentum · v) with Nesterov's form
template <class V>
struct SgdUpdate {
  explicit constexpr SgdUpdate(const SgdStep& step)
      : rate(V(step.learning_rate)),
        momentum(V(step.momentum)),
        penalty(V(step.weight_decay)),
        share(V(1 - step.dampening)),
        nesterov(step.nesterov),
        dampened(step.dampening != 0),
        maximize(step.maximize) {}

  constexpr void operator()(V grad, V& parameter) const {
    parameter = parameter - rate * ((maximize ? -grad : grad) + penalty * parameter);
  }
  constexpr void operator()(V grad, V& parameter, V& velocity) const {
    const V g = (maximize ? -grad : grad) + penalty * parameter;
    velocity = momentum * velocity + (dampened ? share * g : g);
    parameter = parameter - rate * (nesterov ? g + momentum * velocity : velocity);
  }

  V rate;
  V momentum;
  V penalty;
  V share;
  bool nesterov;
  bool dampened;
  bool maximize;
};

/// Clipping of the gradient's norm (Pascanu et al. 2013, arXiv 1211.5063), as
/// torch.nn.utils.clip_grad_norm_: where max_norm / (norm + 1e-6) is below 1, gradients are
/// multiplied by it. A gradient whose norm is not finite is left alone. square_sum, the sum of
/// squares of float32 numbers, fits into the range of double.
struct ClipScale {
  constexpr ClipScale(double max_norm, double square_sum)
      : norm(std::sqrt(square_sum)),
        scale(max_norm / (norm + 1e-6)),
        needed(norm < std::numeric_limits<double>::infinity() && scale < 1) {}

  double norm;
  double scale;
  bool needed;
};

}  // namespace credence::formulas
