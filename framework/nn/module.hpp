// A module is a struct with named members and one list of them, `visit`. Parameter names,
// checkpoints, counts, optimisers, the training mode and the KL divergence of Bayesian layers all
// come from that list.
#pragma once

#include "framework/autograd/variable.hpp"
#include "framework/core/random.hpp"
#include "framework/nn/activation.hpp"

#include <algorithm>
#include <array>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace credence::nn {

class Module;

/// What a parameter is for. An optimiser may treat each role in its own way (see
/// optim::ParameterGroups).
enum class Role : std::uint8_t {
  weight,  ///< of a product: fully connected layers, convolutions
  bias,    ///< added to an output
  norm,    ///< the scale and shift of a normalisation
  spread   ///< of a distribution: a variance, a deviation, a dropout rate
};

/// Receives the members of a module from `visit`. A subclass overrides the functions that it needs.
class Visitor {
 public:
  virtual ~Visitor() = default;
  /// A tensor that the optimiser changes.
  virtual void parameter(std::string_view, Variable&, Role) {}
  /// The same for a weight.
  void parameter(std::string_view name, Variable& parameter_) {
    parameter(name, parameter_, Role::weight);
  }
  /// A tensor that is part of the model's state but is not trained, such as running statistics.
  virtual void buffer(std::string_view, Tensor&) {}
  /// A source of the module's randomness.
  virtual void generator(std::string_view, Generator&) {}
  /// A part that is a module. The default visits its members too.
  virtual void module(std::string_view name, Module& child);
};

/// A function with parameters (as torch.nn.Module). It takes one tensor and gives one, unless it is
/// a MultiModule. Modules can be moved but not copied: two copies would share their parameters'
/// memory.
class Module {
 public:
  virtual ~Module() = default;
  Module(Module&&) = default;
  Module& operator=(Module&&) = default;

  /// Computes the module's function. Callers use operator().
  virtual Variable forward(const Variable& x) = 0;
  /// forward(x). Parts are called this way so that a CallObserver sees the call and an Error names
  /// the part in which it arose by its path in checkpoints: "fc1: [linear] …".
  Variable operator()(const Variable& x);
  /// activation(forward(x)). A layer with weights may apply the activation in the same pass.
  Variable operator()(const Variable& x, const Activation& activation);
  /// The same with several inputs and outputs, for a MultiModule. Another module takes a list of
  /// one tensor and gives one; ShapeError otherwise.
  std::vector<Variable> operator()(const std::vector<Variable>& inputs);

  /// Passes every parameter, buffer, generator and child to the visitor with its member name, in a
  /// fixed order.
  virtual void visit(Visitor&) {}

  /// The layer's type in summaries: "Conv2d".
  virtual std::string type_name() const { return "Module"; }
  /// The number of multiply-adds of one call, without those of the module's parts.
  virtual std::int64_t multiply_adds(const Shape& /*input*/, const Shape& /*output*/) const {
    return 0;
  }

  /// Whether the module behaves as in training, which is the case at first, or as in evaluation.
  bool training() const { return training_; }
  /// Sets the mode of this module and of all its parts.
  void train(bool training = true);

 protected:
  Module() = default;
  /// Implements the call with an activation.
  virtual Variable forward_activated(const Variable& x, const Activation& activation) {
    return activation(forward(x));
  }
  /// Implements the call with several tensors.
  virtual std::vector<Variable> forward_all(const std::vector<Variable>& inputs);

 private:
  template <class Forward>
  Variable call(const Variable& x, Forward forward);

  friend class EvaluationMode;
  bool training_ = true;
};

/// A module of several tensors. A subclass implements forward_all, and callers write
///   const std::vector<Variable> outputs = model({left, right});
/// train::fit calls it with the tensors of a batch (see train::outputs_of).
class MultiModule : public Module {
 public:
  /// Computes the module's outputs. Callers use operator().
  std::vector<Variable> forward_all(const std::vector<Variable>& inputs) override = 0;
  /// The only output for the only input. Throws ShapeError where there are more.
  Variable forward(const Variable& x) final;

 protected:
  MultiModule() = default;
};

/// Throws ShapeError unless there are `wanted` tensors. `what` names them, such as "input".
void require_count(std::span<const Variable> tensors, std::size_t wanted, const char* what);

/// The N tensors of a list, as in
///   const auto [left, right] = nn::exactly<2>(inputs);
/// Throws ShapeError for another number.
template <std::size_t N>
std::array<Variable, N> exactly(const std::vector<Variable>& tensors) {
  require_count(tensors, N, "input");
  std::array<Variable, N> result;
  std::copy(tensors.begin(), tensors.end(), result.begin());
  return result;
}

/// While an observer is alive, it receives every call of a module on its thread. A part's call
/// arrives before the call of the module that contains it. Observers nest: only the innermost
/// receives calls.
class CallObserver {
 public:
  CallObserver();
  virtual ~CallObserver();
  CallObserver(const CallObserver&) = delete;
  CallObserver& operator=(const CallObserver&) = delete;
  /// Receives the shapes of the first input and the first output of a call that has returned.
  virtual void called(const Module& /*module*/, const Shape& /*input*/, const Shape& /*output*/) {}
  /// Receives the inputs and outputs of a call that has returned: one each, except for those of a
  /// MultiModule. The default passes the shapes of the first ones to called().
  virtual void returned(Module& module, std::span<const Variable> inputs,
                        std::span<const Variable> outputs) {
    called(module, inputs.empty() ? Shape() : inputs.front().shape(),
           outputs.empty() ? Shape() : outputs.front().shape());
  }
  /// What the caller gets of an output of `module`: a variable of the same value, such as one whose
  /// backward function also keeps the gradient (as a forward hook of PyTorch). It is called before
  /// returned(), which receives the result. The default gives the output itself.
  virtual Variable passed_on(Module& /*module*/, const Variable& output) { return output; }
  /// Whether module(x, activation) is computed as activation(module(x)), so that the observer
  /// receives the module's output before the activation.
  virtual bool separates_activations() const { return false; }

 protected:
  /// The next outer observer; null where there is none.
  CallObserver* outer() const { return previous_; }

 private:
  CallObserver* previous_;
};

/// A visitor that knows the path of each member, such as "conv1.weight".
class PathVisitor : public Visitor {
 public:
  void module(std::string_view name, Module& child) override;

 protected:
  /// The path of a member of the module that is being visited.
  std::string path(std::string_view name) const;

 private:
  std::string prefix_;
};

/// A parameter with its path. The pointer is valid until the module moves.
struct NamedParameter {
  std::string name;
  Variable* parameter;
  std::vector<std::string> other_names;  ///< the other paths of a tied parameter
  Role role = Role::weight;              ///< by its first path
};
/// All parameters in the order of visit. A tied parameter, which several modules share or of which
/// they hold copies of the Variable, is listed once, by its first path.
std::vector<NamedParameter> parameters(Module& module);

/// A buffer with its path, as NamedParameter. Handles to the same elements are tied.
struct NamedBuffer {
  std::string name;
  Tensor* buffer;
  std::vector<std::string> other_names;
};
/// All buffers in the order of visit, each once.
std::vector<NamedBuffer> buffers(Module& module);

/// A generator with its path. The pointer is valid until the module moves.
struct NamedGenerator {
  std::string name;
  Generator* generator;
};
/// All generators in the order of visit. A generator of a part that is listed twice appears twice.
std::vector<NamedGenerator> generators(Module& module);

/// The module and its parts at any depth, in the order of visit. A part that is listed twice
/// appears twice.
std::vector<Module*> modules(Module& module);

/// Those of a type, each once.
template <class Type>
std::vector<Type*> modules_of(Module& module) {
  std::vector<Type*> found;
  for (Module* const one : modules(module)) {
    auto* const typed = dynamic_cast<Type*>(one);
    if (typed == nullptr || std::find(found.begin(), found.end(), typed) != found.end()) continue;
    found.push_back(typed);
  }
  return found;
}

/// The first path of `part` inside `whole`; nothing where `whole` does not list it.
std::optional<std::string> path_of(const Module& part, Module& whole);

/// Moves every parameter and buffer to a device; tied ones stay tied. An optimiser that was made
/// before is invalid then.
void move_to(Module& module, Device device);
/// The device of the first parameter; the CPU where there is none.
Device device_of(Module& module);

/// The number of elements of all parameters. A tied one counts once.
std::int64_t parameter_count(Module& module);
/// The number of bytes of all parameters. A tied one counts once.
std::size_t parameter_bytes(Module& module);

/// While an object is alive, the module and its parts behave as in evaluation. Then each gets the
/// mode back that it had.
class EvaluationMode {
 public:
  explicit EvaluationMode(Module& module);
  ~EvaluationMode();
  EvaluationMode(const EvaluationMode&) = delete;
  EvaluationMode& operator=(const EvaluationMode&) = delete;

 private:
  std::vector<std::pair<Module*, bool>> before_;
};

/// While an object is alive, every generator of the module draws from number `first_draw` on. Then
/// each gets its state back. The same number makes random layers draw the same noise.
class DrawsFrom {
 public:
  DrawsFrom(Module& module, std::uint64_t first_draw);
  ~DrawsFrom();
  DrawsFrom(const DrawsFrom&) = delete;
  DrawsFrom& operator=(const DrawsFrom&) = delete;

 private:
  struct Saved {
    Generator* generator;
    Generator state;
  };
  std::vector<Saved> saved_;
};

}  // namespace credence::nn
