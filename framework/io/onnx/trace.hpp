// The ops of a module's forward pass as a list.
//
// A model's forward() is code, so the list is written down while it runs: each op describes itself
// to an OpObserver (autograd/op_observer.hpp). Any model works then, a user's own too, and no layer
// has a second text for export. What does not depend on the input, such as a draw of the weights,
// is computed once, and its result is a constant of the list.
//
// The pass runs for a batch of 2 and for one of 3, with other numbers. What differs between the
// lists follows the batch, or depends on the input in a way that the list does not show, which is
// an error.
#pragma once

#include "framework/autograd/op_observer.hpp"
#include "framework/nn/module.hpp"

#include <cstddef>
#include <string>
#include <vector>

namespace credence::io::onnx {

/// The size of the batch in the shapes of a trace.
inline constexpr std::int64_t kTracedBatch = 2;

/// What a step reads.
struct Operand {
  enum class Kind : std::uint8_t {
    none,     ///< an optional input that is left out
    value,    ///< an input of the module (first) or the result of a step: inputs + its number
    constant  ///< a constant of the trace
  };
  Kind kind = Kind::none;
  std::size_t index = 0;

  bool operator==(const Operand&) const = default;
};

/// An op of the pass.
struct Step {
  std::string op;  ///< as it describes itself
  std::vector<Operand> inputs;
  /// In those of reshape, −1 stands for the extent that follows the batch. In those of
  /// broadcast_to, 1 stands for an extent that the input has already.
  std::vector<OpAttribute> attributes;
  Shape shape;       ///< of the result for kTracedBatch
  std::string path;  ///< of the innermost part of the module that it belongs to, such as "conv1"
};

struct Constant {
  Tensor value;
  std::string name;  ///< the path of a parameter or a buffer; else empty
  /// Whether the pass had it once for each image of the batch. `value` is that of one image, with
  /// the extent 1 in dimension 0.
  bool per_image = false;
};

struct Trace {
  std::size_t inputs = 0;  ///< how many the module has
  std::vector<Step> steps;
  std::vector<Constant> constants;
  std::vector<Operand> outputs;
};

/// The trace of module(inputs), whose inputs have these shapes, without the batch. The module is
/// traced in its present mode: callers choose evaluation. Nothing of it changes but the counters of
/// generators. Throws Error that begins with the layer's path where the result of an op that does
/// not describe itself is used, and where the pass depends on the input in another way; as the
/// module does for inputs that do not fit.
Trace trace(nn::Module& module, const std::vector<Shape>& inputs);

}  // namespace credence::io::onnx
