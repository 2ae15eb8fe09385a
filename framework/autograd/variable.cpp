// The graph of ops, and the backward pass over it: reverse-mode differentiation in descending order
// of creation.
#include "framework/autograd/variable.hpp"

#include "framework/autograd/additions.hpp"
#include "framework/autograd/enable_grad.hpp"
#include "framework/autograd/gradient_observer.hpp"
#include "framework/autograd/op_observer.hpp"
#include "framework/base/error.hpp"

#include <algorithm>
#include <atomic>
#include <cstdint>
#include <queue>
#include <string>
#include <unordered_map>
#include <unordered_set>
#include <utility>

namespace credence {
namespace detail {

// What the copies of a Variable share: its place in the graph and its gradient.
struct GradientSlot {
  Tensor value;  ///< of a leaf only, so that its copies stay tied when it is moved. A result's
                 ///< value is in the Variable: an activation lives while a derivative needs it.
  Tensor grad;
  bool requires_grad = false;

  // Set for results of ops only. The backward pass removes inputs and closure; the number stays. An
  // input that needs no gradient is null.
  std::uint64_t creation_number = 0;
  std::vector<std::shared_ptr<GradientSlot>> inputs;
  BackwardFunction backward;
  // Stands between the results of an op that has several and the op's inputs. It has neither a
  // value nor a gradient; its closure runs after those of the results.
  bool joint = false;
  bool queued = false;  ///< by a backward pass

  bool is_leaf() const { return creation_number == 0; }
  bool differentiated() const { return !is_leaf() && !backward; }

  GradientSlot() = default;
  GradientSlot(const GradientSlot&) = delete;
  GradientSlot& operator=(const GradientSlot&) = delete;

  // Frees a chain of ops in a loop: recursion would overflow the stack on a long one. The slots
  // that are to be freed hold each other, because a destructor has no way to say that there is no
  // memory for a list of them.
  ~GradientSlot() {
    std::shared_ptr<GradientSlot> pending;
    move_owned(inputs, pending);
    while (pending) {
      const std::shared_ptr<GradientSlot> slot = std::move(pending);
      pending = std::move(slot->next_freed);
      move_owned(slot->inputs, pending);
    }
  }

 private:
  // Drops the handles, and puts the slots that nothing else holds in front of `pending`.
  static void move_owned(std::vector<std::shared_ptr<GradientSlot>>& handles,
                         std::shared_ptr<GradientSlot>& pending) {
    for (std::shared_ptr<GradientSlot>& handle : handles) {
      if (handle && handle.use_count() == 1) {
        handle->next_freed = std::move(pending);
        pending = std::move(handle);
      } else {
        handle.reset();
      }
    }
    handles.clear();
  }

  std::shared_ptr<GradientSlot> next_freed;
};

}  // namespace detail

namespace {

using Slot = std::shared_ptr<detail::GradientSlot>;

thread_local bool no_grad_active = false;
std::atomic<std::uint64_t> next_creation_number{1};

// The additions of a pass.
struct PassAdditions {
  Additions of_op;  ///< made after each op, because the next one may read the sum
  // To leaves, made together at the end of the pass: on a device starting a kernel costs as much as
  // an addition. An observer of complete gradients gets each when its op has run.
  Additions of_leaves;
  const bool leaves_wait = GradientObserver::active() == nullptr;

  Additions& to(const detail::GradientSlot& slot) {
    const bool waits = leaves_wait && slot.is_leaf() && slot.grad.device() != Device::cpu;
    return waits ? of_leaves : of_op;
  }
};

void accumulate(detail::GradientSlot& slot, const Tensor& gradient, PassAdditions& of_pass) {
  if (!slot.grad.defined()) {
    // A leaf's gradient outlives the pass, so it must not share memory with another gradient.
    slot.grad = !slot.is_leaf() || gradient.unique() ? gradient : gradient.clone();
    return;
  }
  if (gradient.shape() != slot.grad.shape()) {
    throw ShapeError("[backward] a gradient of shape " + gradient.shape().to_string() +
                     " does not add to one of shape " + slot.grad.shape().to_string());
  }
  Additions& additions = of_pass.to(slot);
  // A sum may get two gradients before one is added to it.
  if (additions.waits_for(slot.grad)) additions.make();
  if (!slot.is_leaf() && !slot.grad.unique()) {
    // The gradient that nobody else has takes the sum, which is the same either way round.
    if (gradient.unique()) {
      const Tensor shared = std::exchange(slot.grad, gradient);
      additions.add(shared, slot.grad);
      return;
    }
    slot.grad = slot.grad.clone();
  }
  additions.add(gradient, slot.grad);
}

void require_graph(const detail::GradientSlot& slot) {
  if (slot.differentiated()) {
    throw Error(
        "[backward] this result was differentiated already; its graph is freed, compute it again");
  }
}

// Results of ops that have a gradient, the latest created first. The gradient of the first one is
// complete, because only ops that were created later contribute to it.
class PendingSlots {
 public:
  PendingSlots() = default;
  PendingSlots(const PendingSlots&) = delete;
  PendingSlots& operator=(const PendingSlots&) = delete;
  // After an exception some are left. A later pass must not find their incomplete gradients.
  ~PendingSlots() {
    while (!empty()) pop()->grad = Tensor();
  }

  bool empty() const { return slots_.empty(); }
  // Does nothing where the slot is among them already.
  void push(const Slot& slot) {
    if (!std::exchange(slot->queued, true)) slots_.push(slot);
  }
  Slot pop() {
    Slot latest = slots_.top();
    slots_.pop();
    latest->queued = false;
    return latest;
  }

 private:
  struct EarlierCreation {
    bool operator()(const Slot& a, const Slot& b) const {
      return a->creation_number < b->creation_number;
    }
  };

  std::priority_queue<Slot, std::vector<Slot>, EarlierCreation> slots_;
};

// Tells the thread's observer, where there is one, which leaves are complete: those for which each
// op that the result depends on, and that has them as an input, was run.
class LeafUses {
 public:
  explicit LeafUses(const Slot& result) : observer_(GradientObserver::active()) {
    if (observer_ == nullptr || result->is_leaf()) return;
    std::vector<const detail::GradientSlot*> pending{result.get()};
    std::unordered_set<const detail::GradientSlot*> seen{result.get()};
    while (!pending.empty()) {
      const detail::GradientSlot* const slot = pending.back();
      pending.pop_back();
      for (const Slot& input : slot->inputs) {
        if (!input) continue;
        if (input->is_leaf()) {
          ++open_[input.get()];
        } else if (seen.insert(input.get()).second) {
          pending.push_back(input.get());
        }
      }
    }
  }

  // An op with these inputs was run.
  void close(const std::vector<Slot>& inputs) {
    if (observer_ == nullptr) return;
    for (const Slot& input : inputs) {
      const auto found = open_.find(input.get());
      if (found == open_.end() || --found->second > 0) continue;
      if (input->grad.defined()) observer_->completed(input->grad);
    }
  }

 private:
  GradientObserver* observer_;
  std::unordered_map<const detail::GradientSlot*, std::int64_t> open_;  ///< uses of each leaf
};

// Throws unless `tensor` has the shape, type and device of `model`.
void require_alike(const char* operation, const char* what, const Tensor& tensor,
                   const Tensor& model) {
  const auto describe = [](const Tensor& t) {
    return t.shape().to_string() + " " + to_string(t.dtype());
  };
  const std::string subject = std::string("[") + operation + "] the " + what;
  if (!tensor.defined()) throw Error(subject + " is undefined");
  if (tensor.shape() == model.shape() && tensor.dtype() == model.dtype() &&
      tensor.device() == model.device()) {
    return;
  }
  throw ShapeError(subject + " of shape " + describe(tensor) + " on " + to_string(tensor.device()) +
                   " does not match the value of shape " + describe(model) + " on " +
                   to_string(model.device()));
}

}  // namespace

Variable::Variable(Tensor value, bool requires_grad)
    : slot_(std::make_shared<detail::GradientSlot>()) {
  slot_->value = std::move(value);
  slot_->requires_grad = requires_grad;
}

const Tensor& Variable::value() const { return slot_ && slot_->is_leaf() ? slot_->value : value_; }

bool Variable::requires_grad() const { return slot_ && slot_->requires_grad; }

void Variable::require_leaf(const char* operation) const {
  if (slot_ && slot_->is_leaf()) return;
  throw Error(std::string("[") + operation + "] only a leaf can be changed, not " +
              (slot_ ? "the result of an op" : "an undefined variable"));
}

void Variable::set_requires_grad(bool requires_grad) {
  require_leaf("requires_grad");
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
  require_leaf("grad");
  require_alike("grad", "buffer", buffer, value());
  slot_->grad = std::move(buffer);
}

void Variable::set_value(Tensor value) {
  require_leaf("value");
  require_alike("value", "new value", value, slot_->value);
  slot_->value = std::move(value);
}

void Variable::move_to(Device device) {
  require_leaf("move_to");
  slot_->value = slot_->value.to(device);
  if (slot_->grad.defined()) slot_->grad = slot_->grad.to(device);
}

void Variable::backward() const {
  if (defined() && value().numel() != 1) {
    throw ShapeError("[backward] the objective must be a scalar, not of shape " +
                     shape().to_string());
  }
  backward(Tensor::full(shape(), 1, dtype(), device()));
}

void Variable::backward(const Tensor& seed) const {
  if (!requires_grad()) {
    throw Error("[backward] this value depends on nothing that requires a gradient");
  }
  require_alike("backward", "seed", seed, value());
  require_graph(*slot_);
  PassAdditions additions;
  accumulate(*slot_, seed, additions);
  additions.of_op.make();
  LeafUses uses(slot_);
  PendingSlots pending;
  if (!slot_->is_leaf()) pending.push(slot_);
  while (!pending.empty()) {
    const Slot slot = pending.pop();
    const BackwardFunction backward = std::exchange(slot->backward, nullptr);
    const std::vector<Slot> inputs = std::exchange(slot->inputs, {});
    const Gradients gradients = backward(std::exchange(slot->grad, Tensor()));
    if (gradients.size() != inputs.size()) {
      throw Error("[backward] an op gave " + std::to_string(gradients.size()) + " gradients for " +
                  std::to_string(inputs.size()) + " inputs");
    }
    for (std::size_t i = 0; i < inputs.size(); ++i) {
      if (!inputs[i] || !inputs[i]->requires_grad) continue;
      detail::GradientSlot& input = *inputs[i];
      if (!gradients[i].defined() && !input.joint) continue;
      // An op's result enters the queue with its first gradient. All others arrive before it is
      // taken out, because only ops created later contribute.
      require_graph(input);
      if (!input.is_leaf()) pending.push(inputs[i]);
      if (gradients[i].defined()) accumulate(input, gradients[i], additions);
    }
    additions.of_op.make();
    uses.close(inputs);
  }
  additions.of_leaves.make();
}

namespace {

void tell_observer(const Variable& result, std::span<const Variable> inputs) {
  if (OpObserver* const observer = OpObserver::active()) observer->made(result, inputs);
}

bool needs_gradient(std::span<const Variable> inputs) {
  return !NoGrad::active() && std::any_of(inputs.begin(), inputs.end(), [](const Variable& input) {
    return input.requires_grad();
  });
}

}  // namespace

void Variable::record(std::vector<Variable> inputs, BackwardFunction backward) {
  detail::GradientSlot& slot = *slot_;
  value_ = std::exchange(slot.value, Tensor());
  slot.requires_grad = true;
  slot.creation_number = next_creation_number.fetch_add(1, std::memory_order_relaxed);
  slot.inputs.reserve(inputs.size());
  for (Variable& input : inputs) {
    slot.inputs.push_back(input.requires_grad() ? std::move(input.slot_) : nullptr);
  }
  slot.backward = std::move(backward);
}

Variable make_result(Tensor value, std::vector<Variable> inputs, BackwardFunction backward) {
  Variable result(std::move(value));
  tell_observer(result, inputs);
  if (needs_gradient(inputs)) result.record(std::move(inputs), std::move(backward));
  return result;
}

std::vector<Variable> make_results(std::vector<Tensor> values, std::vector<Variable> inputs,
                                   JointBackwardFunction backward) {
  std::vector<Variable> results;
  for (Tensor& value : values) {
    results.emplace_back(std::move(value));
    tell_observer(results.back(), inputs);
  }
  if (!needs_gradient(inputs)) return results;
  // Created before the results, so that a pass takes it from its queue after all of them.
  const auto gradients = std::make_shared<Gradients>(results.size());
  Variable joint{Tensor()};
  joint.slot_->joint = true;
  joint.record(std::move(inputs), [gradients, backward = std::move(backward)](const Tensor&) {
    // A later pass, which is refused, still finds places for the results' gradients.
    return backward(std::exchange(*gradients, Gradients(gradients->size())));
  });
  for (std::size_t i = 0; i < results.size(); ++i) {
    results[i].record({joint}, [gradients, i](Tensor gradient) {
      (*gradients)[i] = std::move(gradient);
      return Gradients{Tensor()};
    });
  }
  return results;
}

std::vector<Variable> leaves_of(const Variable& result, std::span<const Variable> inputs) {
  std::vector<Variable> leaves;
  std::vector<Slot> pending;
  std::unordered_set<const detail::GradientSlot*> seen;
  for (const Variable& input : inputs) seen.insert(input.slot_.get());
  const auto reach = [&](const Slot& slot) {
    if (slot && slot->requires_grad && seen.insert(slot.get()).second) pending.push_back(slot);
  };
  reach(result.slot_);
  while (!pending.empty()) {
    const Slot slot = std::move(pending.back());
    pending.pop_back();
    if (slot->is_leaf()) leaves.push_back(Variable(slot));
    for (const Slot& earlier : slot->inputs) reach(earlier);
  }
  return leaves;
}

NoGrad::NoGrad() : previous_(std::exchange(no_grad_active, true)) {}
NoGrad::~NoGrad() { no_grad_active = previous_; }
bool NoGrad::active() { return no_grad_active; }

EnableGrad::EnableGrad() : previous_(std::exchange(no_grad_active, false)) {}
EnableGrad::~EnableGrad() { no_grad_active = previous_; }

}  // namespace credence
