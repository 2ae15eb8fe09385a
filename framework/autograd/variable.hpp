// Eager reverse-mode differentiation. An op computes its value at once and, where a gradient may be
// asked for, hands a closure to `make_result` that turns the gradient of its output into those of
// its inputs. `backward` runs the closures in descending order of creation, which is a topological
// order, and drops each one as soon as it has run, so that what it kept is freed while the pass
// goes on.
#pragma once

#include "framework/core/tensor.hpp"

#include <functional>
#include <memory>
#include <vector>

namespace credence {

namespace detail {
struct GradientSlot;
}

/// The gradients of an op's inputs, in their order; an undefined tensor where none is needed or
/// exists.
using Gradients = std::vector<Tensor>;
/// d(objective)/d(output) to d(objective)/d(inputs). It is called once at most; what it gets and
/// has it may let go of as soon as it is done with it.
using BackwardFunction = std::function<Gradients(Tensor grad_output)>;

/// A tensor in a differentiable computation. Copies share value and gradient.
class Variable {
 public:
  Variable() = default;
  /// A leaf. With requires_grad, `backward` accumulates into `grad()`.
  explicit Variable(Tensor value, bool requires_grad = false);

  bool defined() const { return value().defined(); }
  const Tensor& value() const;
  const Shape& shape() const { return value().shape(); }
  DType dtype() const { return value().dtype(); }
  Device device() const { return value().device(); }
  /// The same for copies, and for no other variable that is alive; null before anything is defined.
  const void* identity() const { return slot_.get(); }

  bool requires_grad() const;
  /// Whether a leaf takes part in differentiation (freezing). Throws Error for the result of an op.
  void set_requires_grad(bool requires_grad);

  /// What backward has accumulated so far; undefined where nothing was.
  const Tensor& grad() const;
  /// Sets the gradient to zero, keeping its memory.
  void zero_grad() const;
  /// Lets the gradient of a leaf live in `buffer` (an optimiser's flat buffer). Throws ShapeError
  /// unless it has the value's shape, type and device; Error for the result of an op.
  void set_grad(Tensor buffer) const;
  /// Lets the value of a leaf and of its copies live elsewhere, likewise.
  void set_value(Tensor value);
  /// Lets the value and the gradient of a leaf live on a device, likewise.
  void move_to(Device device);

  /// Accumulates the gradient of this scalar into every leaf that it depends on. The pass frees the
  /// graph: a result can be differentiated once.
  /// Throws ShapeError when this is no scalar, Error when it depends on no leaf that requires a
  /// gradient, or on a result that was differentiated already.
  void backward() const;
  /// The same for d(objective)/d(this) = seed, of this shape, type and device.
  void backward(const Tensor& seed) const;

  /// The value as a constant.
  Variable detach() const { return Variable(value()); }

 private:
  explicit Variable(std::shared_ptr<detail::GradientSlot> leaf) : slot_(std::move(leaf)) {}
  void require_leaf(const char* operation) const;

  friend Variable make_result(Tensor value, std::vector<Variable> inputs,
                              BackwardFunction backward);
  friend std::vector<Variable> leaves_of(const Variable& result, const Variable& input);

  Tensor value_;  ///< of an op's result; that of a leaf is in its slot, which copies share
  std::shared_ptr<detail::GradientSlot> slot_;
};

/// The result of an op: `value`, differentiable with respect to `inputs` through `backward`. Where
/// no input requires a gradient, or a NoGrad is alive, the result is a constant and the closure is
/// dropped.
Variable make_result(Tensor value, std::vector<Variable> inputs, BackwardFunction backward);

/// The leaves that require a gradient and on which `result` depends otherwise than through `input`,
/// each once.
std::vector<Variable> leaves_of(const Variable& result, const Variable& input);

/// While one is alive on this thread, ops record nothing.
class NoGrad {
 public:
  NoGrad();
  ~NoGrad();
  NoGrad(const NoGrad&) = delete;
  NoGrad& operator=(const NoGrad&) = delete;
  static bool active();

 private:
  bool previous_;
};

}  // namespace credence
