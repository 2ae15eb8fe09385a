// What a backward pass says of the gradients of leaves, to whoever uses them while the pass goes
// on.
#pragma once

#include "framework/core/tensor.hpp"

namespace credence {

/// While an observer is alive, backward passes of its thread tell it of the gradients that are
/// complete. Observers nest: only the innermost is told. An exception that an observer throws
/// leaves the pass.
class GradientObserver {
 public:
  GradientObserver();
  virtual ~GradientObserver();
  GradientObserver(const GradientObserver&) = delete;
  GradientObserver& operator=(const GradientObserver&) = delete;

  /// Receives the gradient of a leaf (Variable::grad) once the pass adds nothing more to it. The
  /// order depends on the graph alone. A leaf is left out where an op on the way to it gives no
  /// gradient.
  virtual void completed(const Tensor& gradient) = 0;

  /// The innermost observer of this thread; null where there is none.
  static GradientObserver* active();

 private:
  GradientObserver* previous_;
};

}  // namespace credence
