// The messages of a graph: ModelProto and what it consists of, by the field numbers of onnx.proto3.
#include "framework/io/onnx/graph.hpp"

#include "framework/base/error.hpp"
#include "framework/io/atomic_file.hpp"
#include "framework/io/protobuf.hpp"
#include "framework/version.hpp"

#include <limits>

namespace credence::io::onnx {
namespace {

// Fields of the messages, and enumerators.
namespace model {
constexpr std::uint32_t kIrVersionField = 1;
constexpr std::uint32_t kProducerName = 2;
constexpr std::uint32_t kProducerVersion = 3;
constexpr std::uint32_t kGraph = 7;
constexpr std::uint32_t kOpsetImport = 8;
constexpr std::uint32_t kMetadata = 14;
constexpr std::uint32_t kOpsetVersion = 2;
constexpr std::uint32_t kKey = 1;
constexpr std::uint32_t kText = 2;
}  // namespace model
namespace graph {
constexpr std::uint32_t kNode = 1;
constexpr std::uint32_t kName = 2;
constexpr std::uint32_t kInitializer = 5;
constexpr std::uint32_t kInput = 11;
constexpr std::uint32_t kOutput = 12;
}  // namespace graph
namespace node {
constexpr std::uint32_t kInput = 1;
constexpr std::uint32_t kOutput = 2;
constexpr std::uint32_t kName = 3;
constexpr std::uint32_t kOperation = 4;
constexpr std::uint32_t kAttribute = 5;
}  // namespace node
namespace attribute {
constexpr std::uint32_t kName = 1;
constexpr std::uint32_t kFloat = 2;
constexpr std::uint32_t kInteger = 3;
constexpr std::uint32_t kIntegers = 8;
constexpr std::uint32_t kType = 20;
constexpr std::int64_t kTypeFloat = 1;
constexpr std::int64_t kTypeInteger = 2;
constexpr std::int64_t kTypeIntegers = 7;
}  // namespace attribute
namespace tensor {
constexpr std::uint32_t kExtents = 1;
constexpr std::uint32_t kType = 2;
constexpr std::uint32_t kName = 8;
constexpr std::uint32_t kElements = 9;
}  // namespace tensor
namespace value {
constexpr std::uint32_t kName = 1;
constexpr std::uint32_t kType = 2;
constexpr std::uint32_t kTensorType = 1;
constexpr std::uint32_t kElementType = 1;
constexpr std::uint32_t kShape = 2;
constexpr std::uint32_t kDimension = 1;
constexpr std::uint32_t kExtent = 1;
constexpr std::uint32_t kExtentName = 2;
}  // namespace value

// The enumerator of TensorProto.DataType.
std::int64_t type_of(DType dtype) {
  switch (dtype) {
    case DType::float64:
      return 11;
    case DType::uint8:
      return 2;
    case DType::int32:
      return 6;
    case DType::int64:
      return 7;
    case DType::float32:
      break;
  }
  return 1;
}

// The ValueInfoProto of a tensor [batch, shape…].
std::string value_info(const std::string& name, DType dtype, const Shape& shape) {
  ProtobufMessage extents;
  extents.message(value::kDimension, ProtobufMessage().bytes(value::kExtentName, "batch"));
  for (const std::int64_t extent : shape) {
    extents.message(value::kDimension, ProtobufMessage().integers(value::kExtent, {&extent, 1}));
  }
  ProtobufMessage type;
  type.integer(value::kElementType, type_of(dtype)).message(value::kShape, extents);
  return ProtobufMessage()
      .bytes(value::kName, name)
      .message(value::kType, ProtobufMessage().message(value::kTensorType, type))
      .text();
}

ProtobufMessage attribute_message(const Attribute& one) {
  ProtobufMessage message;
  message.bytes(attribute::kName, one.name);
  if (const auto* integer = std::get_if<std::int64_t>(&one.value)) {
    return message.integers(attribute::kInteger, {integer, 1})
        .integer(attribute::kType, attribute::kTypeInteger);
  }
  if (const auto* number = std::get_if<double>(&one.value)) {
    return message.float32(attribute::kFloat, static_cast<float>(*number))
        .integer(attribute::kType, attribute::kTypeFloat);
  }
  return message.integers(attribute::kIntegers, std::get<2>(one.value))
      .integer(attribute::kType, attribute::kTypeIntegers);
}

// A TensorProto up to its elements.
std::string tensor_head(const std::string& name, const Tensor& value) {
  return ProtobufMessage()
      .integers(tensor::kExtents, {value.shape().begin(), value.shape().end()})
      .integer(tensor::kType, type_of(value.dtype()))
      .bytes(tensor::kName, name)
      .head(tensor::kElements, value.bytes())
      .text();
}

std::span<const std::byte> bytes_of(const std::string& text) {
  return std::as_bytes(std::span(text.data(), text.size()));
}

}  // namespace

void Graph::take(const std::string& name) {
  if (names_.insert(name).second) return;
  throw ValueError("[onnx] the graph has two values of the name " + name);
}

std::string Graph::unique(const std::string& name) {
  std::string candidate = name;
  for (int number = 2; !names_.insert(candidate).second; ++number) {
    candidate = name + "_" + std::to_string(number);
  }
  return candidate;
}

Value Graph::input(const std::string& name, DType dtype, const Shape& shape) {
  take(name);
  inputs_.push_back(value_info(name, dtype, shape));
  return {name, shape};
}

std::string Graph::node(const std::string& operation, const std::vector<std::string>& inputs,
                        const std::vector<Attribute>& attributes, const std::string& name) {
  const std::string own = unique(name);
  ProtobufMessage message;
  for (const std::string& input : inputs) message.bytes(node::kInput, input);
  message.bytes(node::kOutput, own).bytes(node::kName, own).bytes(node::kOperation, operation);
  for (const Attribute& one : attributes) {
    message.message(node::kAttribute, attribute_message(one));
  }
  nodes_.push_back(message.text());
  return own;
}

std::string Graph::constant(const std::string& name, const Tensor& value) {
  const Tensor held = value.to(Device::cpu);
  // The tensor is kept, so that no other one gets its address.
  const auto [known, is_new] =
      known_.emplace(std::pair(held.raw_data(), held.shape().to_string()), std::string());
  if (!is_new && held.numel() > 0) return known->second;
  known->second = unique(name);
  constants_.push_back({known->second, held});
  return known->second;
}

void Graph::output(const std::string& name, const Value& value) {
  take(name);
  nodes_.push_back(ProtobufMessage()
                       .bytes(node::kInput, value.name)
                       .bytes(node::kOutput, name)
                       .bytes(node::kName, name)
                       .bytes(node::kOperation, "Identity")
                       .text());
  outputs_.push_back(value_info(name, DType::float32, value.shape));
}

std::vector<std::span<const std::byte>> Graph::pieces(std::vector<std::string>& text) const {
  ProtobufMessage front;
  for (const std::string& one : nodes_) front.bytes(graph::kNode, one);
  front.bytes(graph::kName, name_);
  for (const std::string& one : inputs_) front.bytes(graph::kInput, one);
  for (const std::string& one : outputs_) front.bytes(graph::kOutput, one);
  std::uint64_t size = front.text().size();
  std::vector<std::string> heads;
  for (const Constant& one : constants_) {
    const std::string head = tensor_head(one.name, one.value);
    heads.push_back(
        ProtobufMessage().head(graph::kInitializer, head.size() + one.value.bytes()).text() + head);
    size += heads.back().size() + one.value.bytes();
  }
  ProtobufMessage whole;
  whole.integer(model::kIrVersionField, kIrVersion)
      .bytes(model::kProducerName, "credence")
      .bytes(model::kProducerVersion, kVersion)
      .message(model::kOpsetImport, ProtobufMessage().integer(model::kOpsetVersion, kOpset));
  for (const auto& [key, value] : metadata_) {
    whole.message(model::kMetadata,
                  ProtobufMessage().bytes(model::kKey, key).bytes(model::kText, value));
  }
  whole.head(model::kGraph, size);
  text.clear();
  text.push_back(whole.text() + front.text());
  text.insert(text.end(), heads.begin(), heads.end());
  std::vector<std::span<const std::byte>> all{bytes_of(text.front())};
  for (std::size_t i = 0; i < constants_.size(); ++i) {
    all.push_back(bytes_of(text[i + 1]));
    all.emplace_back(constants_[i].value.raw_data(), constants_[i].value.bytes());
  }
  return all;
}

std::string Graph::bytes() const {
  std::vector<std::string> text;
  std::string all;
  for (const std::span<const std::byte> piece : pieces(text)) {
    all.append(reinterpret_cast<const char*>(piece.data()), piece.size());
  }
  return all;
}

std::uint64_t Graph::save(const std::filesystem::path& path) const {
  std::vector<std::string> text;
  const std::vector<std::span<const std::byte>> all = pieces(text);
  std::uint64_t size = 0;
  for (const std::span<const std::byte> piece : all) size += piece.size();
  if (size > std::numeric_limits<std::int32_t>::max()) {
    throw Error("[onnx] the file would have " + std::to_string(size) +
                " bytes; protobuf reads less than 2 GiB");
  }
  write_file_atomically(path, all);
  return size;
}

}  // namespace credence::io::onnx
