// The fields of protobuf's messages.
#include "framework/io/protobuf.hpp"

#include "framework/base/bit_cast.hpp"

namespace credence::io {

ProtobufMessage& ProtobufMessage::integer(std::uint32_t field, std::int64_t value) {
  return value == 0 ? *this : integers(field, {&value, 1});
}

ProtobufMessage& ProtobufMessage::integers(std::uint32_t field,
                                           std::span<const std::int64_t> values) {
  for (const std::int64_t value : values) {
    key(field, 0);
    varint(static_cast<std::uint64_t>(value));
  }
  return *this;
}

ProtobufMessage& ProtobufMessage::float64(std::uint32_t field, double value) {
  if (bit_cast<std::uint64_t>(value) == 0) return *this;
  key(field, 1);
  put_little_endian(bytes_, bit_cast<std::uint64_t>(value));
  return *this;
}

ProtobufMessage& ProtobufMessage::float32(std::uint32_t field, float value) {
  key(field, 5);
  put_little_endian(bytes_, bit_cast<std::uint32_t>(value));
  return *this;
}

ProtobufMessage& ProtobufMessage::bytes(std::uint32_t field, std::string_view value) {
  head(field, value.size());
  bytes_ += value;
  return *this;
}

ProtobufMessage& ProtobufMessage::packed(std::uint32_t field, std::span<const double> values) {
  std::string data;
  for (const double value : values) put_little_endian(data, bit_cast<std::uint64_t>(value));
  return bytes(field, data);
}

ProtobufMessage& ProtobufMessage::head(std::uint32_t field, std::uint64_t size) {
  key(field, 2);
  varint(size);
  return *this;
}

void ProtobufMessage::varint(std::uint64_t value) {
  for (; value >= 0x80; value >>= 7) bytes_ += static_cast<char>((value & 0x7f) | 0x80);
  bytes_ += static_cast<char>(value);
}

}  // namespace credence::io
