// What the ONNX form of an op is written with.
#pragma once

#include "framework/io/onnx/graph.hpp"
#include "framework/io/onnx/trace.hpp"

#include <cstddef>
#include <functional>
#include <map>
#include <optional>
#include <string>
#include <vector>

namespace credence::io::onnx {

/// One step of a trace, and the graph that its nodes go to. Names of nodes and constants begin with
/// the step's path: "conv1/Conv".
class Emitter {
 public:
  /// `values` are the names of the trace's inputs and of the results of its steps so far.
  Emitter(Graph& graph, const Trace& trace, const Step& step,
          const std::vector<std::string>& values, const std::string& prefix);

  /// The name of an input of the step. A constant is written to the graph: under its path in the
  /// model, else as `role` at the step's path. Throws Error for a constant that the pass had once
  /// for each image, unless `broadcasts` says that the node takes an extent of 1 for any.
  std::string input(std::size_t index, const std::string& role = "constant",
                    bool broadcasts = false) const;
  /// The same for a constant of one number for each channel, in a shape that broadcasts over so
  /// many spatial dimensions: [C, 1…]. Throws Error where it is no constant.
  std::string channels(std::size_t index, int spatial, const std::string& role) const;
  std::size_t inputs() const { return step_.inputs.size(); }
  bool has(std::size_t index) const {
    return index < inputs() && step_.inputs[index].kind != Operand::Kind::none;
  }
  /// Nothing where the input is none.
  std::optional<Constant> constant(std::size_t index) const;

  /// A setting of the step by its name.
  std::int64_t integer(const std::string& name) const;
  double number(const std::string& name) const;
  const std::vector<std::int64_t>& list(const std::string& name) const;
  /// The number of dimensions of the result, with that of the batch.
  int rank() const { return step_.shape.rank(); }

  /// A node of the graph; the name of its result.
  std::string node(const std::string& operation, const std::vector<std::string>& inputs,
                   const std::vector<Attribute>& attributes = {}) const;
  /// A constant that is a float32 number, or a list of integers.
  std::string number(double value) const;
  std::string integers(const std::vector<std::int64_t>& values, const std::string& role) const;

  /// Ends with an Error that names the layer and the op: "… has no form in ONNX, `why`".
  [[noreturn]] void refuse(const std::string& why) const;

 private:
  template <class T>
  const T& setting(const std::string& name) const;
  std::string place(const std::string& what, char separator) const;

  Graph& graph_;
  const Trace& trace_;
  const Step& step_;
  const std::vector<std::string>& values_;
  const std::string& prefix_;
};

/// Writes a step's nodes and returns the name of the result.
using Form = std::function<std::string(const Emitter&)>;
/// Forms by the name of the op.
using Forms = std::map<std::string, Form>;

/// The forms of the ops of framework/ops: docs/onnx.md has the table.
const Forms& own_forms();

}  // namespace credence::io::onnx
