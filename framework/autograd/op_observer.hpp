// What ops say of themselves to whoever writes a forward pass down, such as the export to ONNX.
//
// A forward pass is C++: a model's forward() calls layers and ops as it likes, and no list of
// members says in which order. What a pass computes is therefore read from the pass itself. While
// an observer is alive, each op that knows how to be described hands it its name, its inputs and
// its settings. An op describes itself where its result is made, in its own file. Ops that are
// composed of others need not do so: their parts do.
#pragma once

#include "framework/autograd/variable.hpp"

#include <cstdint>
#include <span>
#include <string>
#include <utility>
#include <variant>
#include <vector>

namespace credence {

/// A setting of an op by its name: "stride".
struct OpAttribute {
  std::string name;
  std::variant<std::int64_t, double, std::vector<std::int64_t>> value;

  bool operator==(const OpAttribute&) const = default;
};

/// A call of an op: what, with the inputs and the settings, determines its result.
struct OpCall {
  std::string op;                ///< "convolution"
  std::vector<Variable> inputs;  ///< undefined where an optional one is left out
  std::vector<OpAttribute> attributes{};
};

/// While an observer is alive, it receives the ops of its thread. Observers nest: only the
/// innermost receives them. Layers do not fuse their activation then (Activation::fused), so that
/// it arrives as an op of its own. An exception that an observer throws leaves the op.
class OpObserver {
 public:
  OpObserver();
  virtual ~OpObserver();
  OpObserver(const OpObserver&) = delete;
  OpObserver& operator=(const OpObserver&) = delete;

  /// Receives the result of every op, whether it describes itself or not.
  virtual void made(const Variable& result, std::span<const Variable> inputs) = 0;
  /// Receives, after made(), the call of an op that describes itself.
  virtual void called(const OpCall& call, const Variable& result) = 0;

  /// The innermost observer of this thread; null where there is none.
  static OpObserver* active();

 private:
  OpObserver* previous_;
};

/// The result of an op, of which an observer is told what `describe` returns, an OpCall. Without an
/// observer `describe` is not called.
template <class Describe>
Variable described(Variable result, Describe describe) {
  if (OpObserver* const observer = OpObserver::active()) observer->called(describe(), result);
  return result;
}

}  // namespace credence
