#include "framework/autograd/variable.hpp"

#include "framework/core/error.hpp"
#include "framework/kernels.hpp"

#include <algorithm>
#include <atomic>
#include <cstdint>
#include <queue>
#include <utility>

namespace credence {
namespace detail {

// The differentiable side of a Variable. It holds no value: an activation lives only as long as
// somebody who needs it for a derivative keeps it.
struct GradientSlot {
  Tensor grad;
  bool requires_grad = false;

  // Set for results of ops only.
  std::uint64_t creation_number = 0;
  std::vector<std::shared_ptr<GradientSlot>> inputs;
  BackwardFunction backward;

  GradientSlot() = default;
  GradientSlot(const GradientSlot&) = delete;
  GradientSlot& operator=(const GradientSlot&) = delete;

  // Frees a chain of ops with a loop: recursion would overflow the stack on a long chain.
  ~GradientSlot() {
    std::vector<std::shared_ptr<GradientSlot>> pending = std::move(inputs);
    while (!pending.empty()) {
      const std::shared_ptr<GradientSlot> slot = std::move(pending.back());
      pending.pop_back();
      if (slot && slot.use_count() == 1) {
        std::move(slot->inputs.begin(), slot->inputs.end(), std::back_inserter(pending));
        slot->inputs.clear();
      }
    }
  }
};

}  // namespace detail

namespace {

using Slot = std::shared_ptr<detail::GradientSlot>;

thread_local bool no_grad_active = false;
std::atomic<std::uint64_t> next_creation_number{1};

void accumulate(detail::GradientSlot& slot, const Tensor& gradient) {
  if (!slot.grad.defined()) {
    // A leaf's gradient outlives the pass, so it must not share memory with another one.
    slot.grad = slot.backward || gradient.unique() ? gradient : gradient.clone();
    return;
  }
  if (slot.backward && !slot.grad.unique()) slot.grad = slot.grad.clone();
  visit_kernels(slot.grad, [&]<class T>(const Kernels<T>& kernels) {
    kernels.accumulate(gradient.numel(), gradient.data<T>(), slot.grad.data<T>());
  });
}

struct EarlierCreation {
  bool operator()(const Slot& a, const Slot& b) const {
    return a->creation_number < b->creation_number;
  }
};

}  // namespace

Variable::Variable(Tensor value, bool requires_grad)
    : value_(std::move(value)), slot_(std::make_shared<detail::GradientSlot>()) {
  slot_->requires_grad = requires_grad;
}

bool Variable::requires_grad() const { return slot_ && slot_->requires_grad; }

void Variable::set_requires_grad(bool requires_grad) {
  if (!slot_ || slot_->backward) {
    throw Error("[requires_grad] only a leaf can be told whether it requires a gradient");
  }
  slot_->requires_grad = requires_grad;
}

const Tensor& Variable::grad() const {
  static const Tensor undefined;
  return slot_ ? slot_->grad : undefined;
}

void Variable::zero_grad() const {
  if (slot_ && slot_->grad.defined()) slot_->grad.fill(0);
}

void Variable::set_grad(Tensor buffer) const {
  if (buffer.shape() != shape() || buffer.dtype() != dtype()) {
    throw ShapeError("[grad] a buffer of shape " + buffer.shape().to_string() +
                     " does not fit a variable of shape " + shape().to_string());
  }
  slot_->grad = std::move(buffer);
}

void Variable::set_value(Tensor value) {
  if (value.shape() != shape() || value.dtype() != dtype()) {
    throw ShapeError("[value] shape " + value.shape().to_string() +
                     " does not replace a variable of shape " + shape().to_string());
  }
  value_ = std::move(value);
}

void Variable::backward() const {
  if (value_.numel() != 1) {
    throw ShapeError("[backward] the objective must be a scalar, not of shape " +
                     shape().to_string());
  }
  backward(Tensor::full(shape(), 1, dtype()));
}

void Variable::backward(const Tensor& seed) const {
  if (!requires_grad()) {
    throw Error("[backward] this value depends on nothing that requires a gradient");
  }
  if (seed.shape() != shape()) {
    throw ShapeError("[backward] the seed of shape " + seed.shape().to_string() +
                     " does not match the value of shape " + shape().to_string());
  }
  accumulate(*slot_, seed);
  std::priority_queue<Slot, std::vector<Slot>, EarlierCreation> pending;
  if (slot_->backward) pending.push(slot_);
  while (!pending.empty()) {
    const Slot slot = pending.top();
    pending.pop();
    const BackwardFunction backward = std::exchange(slot->backward, nullptr);
    const std::vector<Slot> inputs = std::exchange(slot->inputs, {});
    const Tensor grad_output = std::exchange(slot->grad, Tensor());
    const Gradients gradients = backward(grad_output);
    for (std::size_t i = 0; i < inputs.size(); ++i) {
      detail::GradientSlot& input = *inputs[i];
      if (!input.requires_grad || !gradients[i].defined()) continue;
      // An op's result enters the queue when its first gradient arrives: all others arrive before
      // it is taken, since only ops created later can contribute.
      if (input.backward && !input.grad.defined()) pending.push(inputs[i]);
      accumulate(input, gradients[i]);
    }
  }
}

Variable make_result(Tensor value, std::vector<Variable> inputs, BackwardFunction backward) {
  Variable result(std::move(value));
  const bool differentiable =
      !NoGrad::active() && std::any_of(inputs.begin(), inputs.end(),
                                       [](const Variable& input) { return input.requires_grad(); });
  if (!differentiable) return result;
  detail::GradientSlot& slot = *result.slot_;
  slot.requires_grad = true;
  slot.creation_number = next_creation_number.fetch_add(1, std::memory_order_relaxed);
  slot.inputs.reserve(inputs.size());
  for (Variable& input : inputs) {
    slot.inputs.push_back(input.slot_ ? std::move(input.slot_)
                                      : std::make_shared<detail::GradientSlot>());
  }
  slot.backward = std::move(backward);
  return result;
}

NoGrad::NoGrad() : previous_(std::exchange(no_grad_active, true)) {}
NoGrad::~NoGrad() { no_grad_active = previous_; }
bool NoGrad::active() { return no_grad_active; }

}  // namespace credence
