// A request of another project's test suite: an operation's arguments by their names there.
#pragma once

#include "framework/autograd/variable.hpp"
#include "framework/base/error.hpp"
#include "framework/io/safetensors.hpp"
#include "framework/ops/losses.hpp"
#include "framework/ops/spatial.hpp"

#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include <nlohmann/json_fwd.hpp>

namespace credence::peers {

/// What is asked for exists elsewhere and has no counterpart here: an argument, its type or its
/// value.
class NoCounterpart : public Error {
 public:
  using Error::Error;
};

/// The arguments of one request. A tensor is an object {"tensor": NAME, "gradient": BOOL} whose
/// elements are in a file; null counts as no argument, and "inf" as a number.
/// A function that has no counterpart for an argument does not take it: finish() then throws.
class Call {
 public:
  /// Both are used as long as the object lives.
  Call(const nlohmann::json& arguments, const io::SafeTensors& tensors);
  ~Call();

  /// Whether there is this argument.
  bool has(const std::string& name) const;
  /// Whether it is there and null.
  bool is_null(const std::string& name) const;
  /// Whether it is a number, or a text that is not one.
  bool is_number(const std::string& name) const;
  bool is_text(const std::string& name) const;

  /// The argument of this name. Throws NoCounterpart where it is missing or of another type; with a
  /// second argument, that is the value of a missing one.
  Variable variable(const std::string& name);
  std::vector<Variable> variables(const std::string& name);
  Tensor tensor(const std::string& name);
  double number(const std::string& name, std::optional<double> missing = {});
  std::int64_t integer(const std::string& name, std::optional<std::int64_t> missing = {});
  bool truth(const std::string& name, std::optional<bool> missing = {});
  std::string text(const std::string& name, std::optional<std::string> missing = {});
  /// A number, or one for each dimension.
  std::vector<std::int64_t> integers(const std::string& name);
  std::vector<double> numbers(const std::string& name);
  Spatial spatial(const std::string& name, std::optional<std::int64_t> missing = {});
  /// Undefined where the argument is missing.
  Variable variable_or_none(const std::string& name);
  Tensor tensor_or_none(const std::string& name);
  LossReduction reduction();

  /// The arguments of an argument that is an object, such as a module's state. finish() asks for
  /// all of these too.
  Call& part(const std::string& name);

  /// Throws NoCounterpart unless the argument is missing or has this value.
  void only(const std::string& name, bool value);
  /// Throws NoCounterpart where an argument was not taken.
  void finish() const;

  /// The names of tensors whose gradient is wanted and that were taken as constants.
  const std::set<std::string>& constants() const { return *constants_; }
  /// The leaves that were made for tensors whose gradient is wanted, by the tensors' names. Parts
  /// share them.
  const std::map<std::string, Variable>& leaves() const { return *leaves_; }

 private:
  const nlohmann::json* find(const std::string& name);
  const nlohmann::json& require(const std::string& name);
  Variable leaf(const std::string& name, const nlohmann::json& value);
  const Tensor& elements(const std::string& name, const nlohmann::json& value) const;
  Tensor constant(const std::string& name, const nlohmann::json& value);

  const nlohmann::json& arguments_;
  const io::SafeTensors& tensors_;
  std::set<std::string> taken_;
  std::shared_ptr<std::map<std::string, Variable>> leaves_;
  std::shared_ptr<std::set<std::string>> constants_;
  std::map<std::string, std::unique_ptr<Call>> parts_;
};

/// What a request gives: tensors in an order, and others by name.
struct Answer {
  Answer(const Variable& output) : outputs{output} {}             // NOLINT: implicit, for a table
  Answer(const Tensor& output) : outputs{Variable(output)} {}     // NOLINT: likewise
  Answer(std::vector<Variable> all) : outputs(std::move(all)) {}  // NOLINT: likewise

  std::vector<Variable> outputs;
  std::vector<NamedTensor> state;
};

/// Computes what a request asks for. Throws NoCounterpart where there is no such operation.
Answer operation(const std::string& name, Call& call);
/// A forward pass of a module with the arguments "constructor" and "state" (its parameters and
/// buffers), and the input "input"; the state is that of after the pass.
Answer module(const std::string& name, Call& call);
/// Steps of an optimiser from "parameters", by the gradients "gradients" of all steps one after
/// another: the parameters after the last one. The other arguments are the optimiser's.
Answer optimizer(const std::string& name, Call& call);

}  // namespace credence::peers
