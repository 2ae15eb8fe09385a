// A module is a struct with named members and one list of them, `visit`. Parameter names,
// checkpoints, counts, optimisers, training mode and the Bayesian penalty all come from that list.
#pragma once

#include "framework/autograd/variable.hpp"
#include "framework/core/random.hpp"
#include "framework/nn/activation.hpp"

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace credence::nn {

class Module;

/// What a module lists its members to. Override what is of interest.
class Visitor {
 public:
  virtual ~Visitor() = default;
  /// A tensor that training changes.
  virtual void parameter(std::string_view, Variable&) {}
  /// A tensor that belongs to the model's state but is not trained.
  virtual void buffer(std::string_view, Tensor&) {}
  /// A source of the module's randomness.
  virtual void generator(std::string_view, Generator&) {}
  /// A part that is a module itself; by default its members are visited too.
  virtual void module(std::string_view name, Module& child);
};

/// A function of one tensor with parameters. Modules move but do not copy: two models would share
/// their parameters' memory.
class Module {
 public:
  virtual ~Module() = default;
  Module(Module&&) = default;
  Module& operator=(Module&&) = default;

  virtual Variable forward(const Variable& x) = 0;
  /// forward(x). Parts are called this way, so that a CallObserver learns of them and an Error says
  /// where in the model it arose: "fc1: [linear] …", by the path that checkpoints use.
  Variable operator()(const Variable& x);
  /// activation(forward(x)); a layer with weights applies it to its result in the same pass.
  Variable operator()(const Variable& x, const Activation& activation);

  /// Lists every parameter, buffer, generator and child by its member name, in a fixed order.
  virtual void visit(Visitor&) {}

  /// What a summary calls the layer: "Conv2d".
  virtual std::string type_name() const { return "Module"; }
  /// The products that one call adds up, those of the module's parts not included.
  virtual std::int64_t multiply_adds(const Shape& /*input*/, const Shape& /*output*/) const {
    return 0;
  }

  /// Whether the module was told to behave as in training (true at first).
  bool training() const { return training_; }
  /// Sets the mode of this module and of all its parts.
  void train(bool training = true);

 protected:
  Module() = default;
  /// What the call with an activation does.
  virtual Variable forward_activated(const Variable& x, const Activation& activation) {
    return activation(forward(x));
  }

 private:
  template <class Forward>
  Variable call(const Variable& x, Forward forward);

  bool training_ = true;
};

/// While one is alive, it is told of every call of a module on this thread, parts before the whole.
/// They nest: the one made last is told, the one before it again afterwards.
class CallObserver {
 public:
  CallObserver();
  virtual ~CallObserver();
  CallObserver(const CallObserver&) = delete;
  CallObserver& operator=(const CallObserver&) = delete;
  virtual void called(const Module& /*module*/, const Shape& /*input*/, const Shape& /*output*/) {}
  /// The same with what went in and came out; by default it calls the one above.
  virtual void returned(Module& module, const Variable& input, const Variable& output) {
    called(module, input.shape(), output.shape());
  }

 protected:
  /// The one that was told before this one was made; null where there was none.
  CallObserver* outer() const { return previous_; }

 private:
  CallObserver* previous_;
};

/// A visitor that knows the path of each member: "conv1.weight".
class PathVisitor : public Visitor {
 public:
  void module(std::string_view name, Module& child) override;

 protected:
  /// The path of a member of the module that is being visited.
  std::string path(std::string_view name) const;

 private:
  std::string prefix_;
};

/// A parameter with its path. The pointer is valid as long as the module stays where it is.
struct NamedParameter {
  std::string name;
  Variable* parameter;
  std::vector<std::string> other_names;  ///< the further paths of one that is tied
};
/// All parameters in the order of visit. One that is tied, as several modules share it or hold
/// copies of the Variable, is listed once, by its first path.
std::vector<NamedParameter> parameters(Module& module);

/// A buffer with its path, likewise; handles of the same elements are tied.
struct NamedBuffer {
  std::string name;
  Tensor* buffer;
  std::vector<std::string> other_names;
};
std::vector<NamedBuffer> buffers(Module& module);

/// A generator with its path, likewise.
struct NamedGenerator {
  std::string name;
  Generator* generator;
};
std::vector<NamedGenerator> generators(Module& module);

/// The path of a part inside `whole`, its first; nothing where `whole` does not list it.
std::optional<std::string> path_of(const Module& part, Module& whole);

/// Moves every parameter and buffer to a device; what is tied stays so. An optimiser must be made
/// afterwards.
void move_to(Module& module, Device device);
/// Where the parameters are; the CPU where there are none.
Device device_of(Module& module);

/// Elements of all parameters, each counted once.
std::int64_t parameter_count(Module& module);
/// Bytes of all parameters, each counted once.
std::size_t parameter_bytes(Module& module);

/// While one is alive, the module and its parts behave as in evaluation; afterwards each as it was
/// told before.
class EvaluationMode {
 public:
  explicit EvaluationMode(Module& module);
  ~EvaluationMode();
  EvaluationMode(const EvaluationMode&) = delete;
  EvaluationMode& operator=(const EvaluationMode&) = delete;

 private:
  std::vector<std::pair<Module*, bool>> before_;
};

/// While one is alive, every generator of the module draws from number `first_draw` on; afterwards
/// each goes on where it was. Random layers give the same noise again for the same number.
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
