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

/// A sum of many terms in three steps, terms in blocks, blocks in groups, and groups, so that the
/// rounding error stays small: one running sum loses a digit for each factor of ten in their
/// number.
template <class V>
class LongSum {
 public:
  constexpr void add(V term) {
    block_ = block_ + term;
    if (++terms_ % kBlock != 0) return;
    group_ = group_ + block_;
    block_ = V(0);
    if (terms_ % (kBlock * kBlock) != 0) return;
    total_ = total_ + group_;
    group_ = V(0);
  }
  constexpr V total() const { return total_ + (group_ + block_); }

 private:
  static constexpr std::int64_t kBlock = 64;
  std::int64_t terms_ = 0;
  V block_ = V(0);
  V group_ = V(0);
  V total_ = V(0);
};

/// The index of the largest of n values, of the first where there are several; a NaN is larger than
/// any number, as numpy and PyTorch have it. 0 where there is no value.
template <class T>
constexpr std::int64_t first_largest(std::int64_t n, const T* values) {
  std::int64_t best = 0;
  for (std::int64_t i = 1; i < n; ++i) {
    if (values[best] != values[best]) break;
    // Larger or NaN.
    if (!(values[i] <= values[best])) best = i;
  }
  return best;
}

/// Whether n scores predict this label: it is the index of the largest, of the first where there
/// are several. Scores with a NaN among them predict nothing.
template <class T>
constexpr bool predicts(std::int64_t n, const T* scores, std::int64_t label) {
  if (n == 0) return false;
  const std::int64_t best = first_largest(n, scores);
  return best == label && scores[best] == scores[best];
}

/// 1 where they do, else 0; not a number where the label is the index of none, so that a sum tells.
template <class T>
constexpr double correct(std::int64_t n, const T* scores, std::int64_t label) {
  if (label < 0 || label >= n) return std::numeric_limits<double>::quiet_NaN();
  return predicts(n, scores, label) ? 1 : 0;
}

}  // namespace credence::formulas
