// Eager reverse-mode differentiation. An op computes its value at once. Where a gradient may be
// needed, it passes `make_result` a closure that computes the gradients of its inputs from the
// gradient of its output. `backward` runs the closures in descending order of creation, which is a
// topological order. It destroys each closure after its run, so that the tensors it held are freed
// during the pass.
#pragma once

#include "framework/core/tensor.hpp"

#include <functional>
#include <memory>
#include <span>
#include <vector>

namespace credence {

namespace detail {
struct GradientSlot;
}

/// The gradients of an op's inputs, in their order. A tensor is undefined where no gradient is
/// needed or exists.
using Gradients = std::vector<Tensor>;
/// Computes d(objective)/d(inputs) from d(objective)/d(output). A pass calls it at most once and
/// then destroys it. It owns `grad_output`: it may release this tensor, and the tensors that it
/// captured, as soon as it no longer reads them.
using BackwardFunction = std::function<Gradients(Tensor grad_output)>;
/// The same for an op with several outputs, whose gradients it owns. One is undefined where the
/// objective does not depend on that output.
using JointBackwardFunction = std::function<Gradients(Gradients grad_outputs)>;

/// A tensor in a differentiable computation. Copies share value and gradient. A variable that no op
/// made is a leaf.
class Variable {
 public:
  /// An undefined variable.
  Variable() = default;
  /// A leaf. With requires_grad, `backward` adds d(objective)/d(value) to `grad()`.
  explicit Variable(Tensor value, bool requires_grad = false);

  bool defined() const { return value().defined(); }
  /// The value, which an optimiser may change in place; undefined for an undefined variable.
  const Tensor& value() const;
  const Shape& shape() const { return value().shape(); }
  DType dtype() const { return value().dtype(); }
  Device device() const { return value().device(); }
  /// An address that copies share and that no other living variable has; null for an undefined
  /// variable.
  const void* identity() const { return slot_.get(); }

  bool requires_grad() const;
  /// Sets whether a leaf takes part in differentiation; false freezes a parameter. Throws Error for
  /// the result of an op and for an undefined variable, as all functions do that change a leaf.
  void set_requires_grad(bool requires_grad);

  /// The sum of the gradients of all passes since the last zero_grad, in the shape of the value;
  /// undefined before the first pass.
  const Tensor& grad() const;
  /// Sets the gradient to zero and keeps its memory.
  void zero_grad() const;
  /// Makes `buffer` the gradient of a leaf; an optimiser passes slices of its flat buffer. Throws
  /// ShapeError unless the buffer has the value's shape, type and device, and Error where it is
  /// undefined.
  void set_grad(Tensor buffer) const;
  /// Replaces the value of a leaf, which its copies share. Throws as set_grad does.
  void set_value(Tensor value);
  /// Moves the value and the gradient of a leaf to a device.
  void move_to(Device device);

  /// Adds the gradient of this scalar to `grad()` of every leaf that it depends on. The pass frees
  /// the graph, so that a result can be differentiated once. Throws ShapeError where this is not a
  /// scalar. Throws Error where it depends on no leaf that requires a gradient, or on a result that
  /// was differentiated already.
  void backward() const;
  /// The same for a result of any shape, with d(objective)/d(this) = seed. The seed has this shape,
  /// type and device; ShapeError otherwise.
  void backward(const Tensor& seed) const;

  /// The same value as a leaf that requires no gradient.
  Variable detach() const { return Variable(value()); }

 private:
  explicit Variable(std::shared_ptr<detail::GradientSlot> leaf) : slot_(std::move(leaf)) {}
  void require_leaf(const char* operation) const;
  /// Makes a new leaf the result of an op.
  void record(std::vector<Variable> inputs, BackwardFunction backward);

  friend Variable make_result(Tensor value, std::vector<Variable> inputs,
                              BackwardFunction backward);
  friend std::vector<Variable> make_results(std::vector<Tensor> values,
                                            std::vector<Variable> inputs,
                                            JointBackwardFunction backward);
  friend std::vector<Variable> leaves_of(const Variable& result, std::span<const Variable> inputs);

  Tensor value_;  ///< of an op's result; a leaf's value is in its slot, which copies share
  std::shared_ptr<detail::GradientSlot> slot_;
};

/// The result of an op: `value`, and `backward` for the gradients of `inputs`. Where no input
/// requires a gradient, or a NoGrad is alive on this thread, the result is a constant and the
/// closure is destroyed.
Variable make_result(Tensor value, std::vector<Variable> inputs, BackwardFunction backward);

/// The results of an op with several outputs: `values`, and `backward` for the gradients of
/// `inputs`. A backward pass calls it once, when the gradients of all outputs are complete. Where
/// no input requires a gradient, or a NoGrad is alive, the results are constants.
std::vector<Variable> make_results(std::vector<Tensor> values, std::vector<Variable> inputs,
                                   JointBackwardFunction backward);

/// The leaves that require a gradient and that `result` depends on by a path that does not go
/// through one of `inputs`, each once.
std::vector<Variable> leaves_of(const Variable& result, std::span<const Variable> inputs);

/// While a NoGrad object is alive, ops on its thread build no graph (as torch.no_grad).
class NoGrad {
 public:
  NoGrad();
  ~NoGrad();
  NoGrad(const NoGrad&) = delete;
  NoGrad& operator=(const NoGrad&) = delete;
  /// Whether a NoGrad is alive on this thread.
  static bool active();

 private:
  bool previous_;
};

}  // namespace credence
