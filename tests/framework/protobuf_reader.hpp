// A reader of protobuf's wire format for tests, written from the format's definition
// (protobuf.dev/programming-guides/encoding) and independent of the writer.
#pragma once

#include <cstdint>
#include <cstring>
#include <map>
#include <stdexcept>
#include <string_view>
#include <vector>

namespace credence::test {

template <class T>
T number_from(std::string_view bytes) {
  if (bytes.size() != sizeof(T)) throw std::runtime_error("a number of another size");
  T number;
  std::memcpy(&number, bytes.data(), sizeof(T));
  return number;
}

// A message's fields in their order: the bytes of fixed and delimited ones, and the numbers of
// varints.
struct Fields {
  std::map<std::uint64_t, std::vector<std::string_view>> bytes{};
  std::map<std::uint64_t, std::vector<std::uint64_t>> varints{};

  bool has(std::uint64_t field) const { return bytes.contains(field); }
  /// The last one. Throws std::out_of_range where there is none.
  std::string_view at(std::uint64_t field) const { return bytes.at(field).back(); }
  /// The last one; 0 where there is none.
  std::uint64_t varint(std::uint64_t field) const {
    return varints.contains(field) ? varints.at(field).back() : 0;
  }
  std::vector<std::string_view> all(std::uint64_t field) const {
    return has(field) ? bytes.at(field) : std::vector<std::string_view>{};
  }
};

inline std::uint64_t take_varint(std::string_view& from) {
  std::uint64_t value = 0;
  for (int shift = 0; shift < 64; shift += 7) {
    const auto byte = static_cast<unsigned char>(from.at(0));
    from.remove_prefix(1);
    value |= static_cast<std::uint64_t>(byte & 0x7f) << shift;
    if ((byte & 0x80) == 0) return value;
  }
  throw std::runtime_error("a varint of more than 10 bytes");
}

inline Fields fields_of(std::string_view message) {
  Fields fields;
  while (!message.empty()) {
    const std::uint64_t key = take_varint(message);
    const std::uint64_t type = key & 7;
    if (type == 0) {
      fields.varints[key >> 3].push_back(take_varint(message));
      continue;
    }
    const std::uint64_t size = type == 1 ? 8 : type == 5 ? 4 : type == 2 ? take_varint(message) : 0;
    if (size > message.size() || (type != 1 && type != 2 && type != 5)) {
      throw std::runtime_error("a field that is cut or of an unknown type");
    }
    fields.bytes[key >> 3].push_back(message.substr(0, size));
    message.remove_prefix(size);
  }
  return fields;
}

}  // namespace credence::test
