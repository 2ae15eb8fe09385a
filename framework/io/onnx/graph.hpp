// A graph of ONNX (github.com/onnx/onnx, onnx.proto3) under construction, and its file: the
// messages in protobuf's wire format (io/protobuf.hpp).
#pragma once

#include "framework/autograd/op_observer.hpp"
#include "framework/core/tensor.hpp"

#include <cstdint>
#include <filesystem>
#include <map>
#include <set>
#include <span>
#include <string>
#include <utility>
#include <vector>

namespace credence::io::onnx {

/// The version of ONNX's operators. It is the lowest in which softmax normalises one axis and
/// reductions over a sum take their axes as an input, and is read by ONNX Runtime from 1.6 on:
/// each of its versions reads all lower ones too. Higher versions would add layer normalisation
/// (17) and gelu (20) as operators, which older runtimes do not have.
inline constexpr std::int64_t kOpset = 13;
/// The version of the file format that came with these operators (ONNX 1.8).
inline constexpr std::int64_t kIrVersion = 7;

/// A setting of a node. A double is written as ONNX's float.
using Attribute = OpAttribute;

/// A tensor of the graph by its name, with its shape for one element of the batch: [10] for
/// [batch, 10].
struct Value {
  std::string name;
  Shape shape;
};

class Graph {
 public:
  /// `name` is the graph's, such as the model's.
  explicit Graph(std::string name) : name_(std::move(name)) {}

  /// An input [batch, shape…], of which the extent "batch" is free. Throws ValueError for a name
  /// that is taken.
  Value input(const std::string& name, DType dtype, const Shape& shape);
  /// A node with one output, whose name is returned: `name`, with a number behind it where that is
  /// taken. An empty input is an optional one that is left out.
  std::string node(const std::string& operation, const std::vector<std::string>& inputs,
                   const std::vector<Attribute>& attributes, const std::string& name);
  /// A tensor of numbers that the file holds. The same elements in the same shape are held once,
  /// under their first name.
  std::string constant(const std::string& name, const Tensor& value);
  /// An output of float32 numbers, [batch, shape…], under a name of its own. Throws ValueError for
  /// a name that is taken.
  void output(const std::string& name, const Value& value);
  /// Text about the model by key, which the file holds (metadata_props).
  void set_metadata(const std::string& key, const std::string& text) { metadata_[key] = text; }

  std::size_t nodes() const { return nodes_.size(); }
  std::size_t constants() const { return constants_.size(); }

  /// The file's bytes: a ModelProto with the names and the version of this library.
  std::string bytes() const;
  /// Writes them, replacing the file in one step (write_file_atomically), and returns their number.
  /// Throws FileError where it cannot be written, and Error for 2 GiB or more, which protobuf does
  /// not read.
  std::uint64_t save(const std::filesystem::path& path) const;

 private:
  struct Constant {
    std::string name;
    Tensor value;
  };
  // The bytes in pieces, of which those of constants are their tensors' own. `text` owns the rest.
  std::vector<std::span<const std::byte>> pieces(std::vector<std::string>& text) const;
  std::string unique(const std::string& name);
  void take(const std::string& name);

  std::string name_;
  std::vector<std::string> nodes_;  // each the bytes of a message
  std::vector<Constant> constants_;
  std::map<std::pair<const void*, std::string>, std::string> known_;  // address and shape to name
  std::vector<std::string> inputs_;
  std::vector<std::string> outputs_;
  std::map<std::string, std::string> metadata_;
  std::set<std::string> names_;
};

}  // namespace credence::io::onnx
