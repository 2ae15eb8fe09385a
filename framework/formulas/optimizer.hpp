// The steps of the optimisers for one parameter, and the clipping of a gradient's norm. V is any
// number type (see pointwise.hpp).
#pragma once

#include <cmath>
#include <limits>

namespace credence {

/// One step of Adam (Kingma and Ba 2015) with the bias corrections 1 - beta^step worked out.
struct AdamStep {
  double learning_rate;
  double beta1;
  double beta2;
  double epsilon;
  double weight_decay;
  bool decoupled_weight_decay;
  double correction1;
  double correction2;
};

/// One step of stochastic gradient descent: v = momentum v + (grad + weight_decay p), p -= rate v
/// (rate (grad + momentum v) with Nesterov's form).
struct SgdStep {
  double learning_rate;
  double momentum;
  double weight_decay;
  bool nesterov;
};

}  // namespace credence

namespace credence::formulas {

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
    // In this order the product stays in range where the result does.
    variance = beta2 * variance + (rest2 * g) * g;
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
/// torch.nn.utils.clip_grad_norm_: one that is not finite is left alone. The squares of float32's
/// numbers and their sum are in double precision's range.
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
