// Numbers, texts and tensors as bytes that ranks send to each other.
#pragma once

#include "framework/core/tensor.hpp"

#include <cstdint>
#include <cstring>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace credence {

/// Writes one after the other; a tensor as its type, its rank, its extents and its elements.
class Packer {
 public:
  void number(std::int64_t value) {
    bytes_.append(reinterpret_cast<const char*>(&value), sizeof(value));
  }
  void text(std::string_view text) {
    number(static_cast<std::int64_t>(text.size()));
    bytes_.append(text);
  }
  void tensor(const Tensor& given) {
    const Tensor host = given.to(Device::cpu);
    number(static_cast<std::int64_t>(host.dtype()));
    number(host.shape().rank());
    for (const std::int64_t extent : host.shape()) number(extent);
    bytes_.append(reinterpret_cast<const char*>(host.raw_data()), host.bytes());
  }
  const std::string& bytes() const { return bytes_; }

 private:
  std::string bytes_;
};

/// Reads what a Packer has written, in the same order. Tensors are on the CPU.
class Unpacker {
 public:
  explicit Unpacker(std::string_view bytes) : rest_(bytes) {}
  bool done() const { return rest_.empty(); }
  std::int64_t number() {
    std::int64_t value = 0;
    std::memcpy(&value, take(sizeof(value)).data(), sizeof(value));
    return value;
  }
  std::string text() { return std::string(take(static_cast<std::size_t>(number()))); }
  Tensor tensor() {
    const auto dtype = static_cast<DType>(number());
    std::vector<std::int64_t> extents(static_cast<std::size_t>(number()));
    for (std::int64_t& extent : extents) extent = number();
    const Tensor result = Tensor::empty(Shape(extents), dtype);
    std::memcpy(result.raw_data(), take(result.bytes()).data(), result.bytes());
    return result;
  }

 private:
  std::string_view take(std::size_t count) {
    const std::string_view taken = rest_.substr(0, count);
    rest_.remove_prefix(count);
    return taken;
  }
  std::string_view rest_;
};

}  // namespace credence
