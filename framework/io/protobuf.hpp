// The wire format of protobuf (protobuf.dev/programming-guides/encoding), for the two formats whose
// files consist of its messages: TensorBoard's event files and ONNX. A field is a key (number · 8 +
// wire type) and a value: a varint (type 0), 8 bytes (1), a length and so many bytes (2), or 4
// bytes (5).
//
// It is written here because a standalone program links nothing but the runtimes of C and C++,
// OpenMP and zlib. Protobuf's library would come into each of them, and its compiler into the
// build, for a hundred lines.
#pragma once

#include <bit>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>

namespace credence::io {

/// Appends the bytes of an unsigned number, the lowest first.
template <class T>
void put_little_endian(std::string& to, T number) {
  for (std::size_t byte = 0; byte < sizeof(T); ++byte) {
    to += static_cast<char>((number >> (8 * byte)) & 0xff);
  }
}

/// A message under construction: its bytes so far. Fields are in the order of the calls.
class ProtobufMessage {
 public:
  /// An integer or an enumerator. As protobuf does in its third version, 0 is left out: it is the
  /// value of a field that is not there.
  ProtobufMessage& integer(std::uint32_t field, std::int64_t value);
  /// Integers of a repeated field, each with its key; 0 too.
  ProtobufMessage& integers(std::uint32_t field, std::span<const std::int64_t> values);
  /// 0 is left out, −0 is not.
  ProtobufMessage& float64(std::uint32_t field, double value);
  /// For a field that is one of several or has a presence: 0 too.
  ProtobufMessage& float32(std::uint32_t field, float value);
  /// A text, bytes or a message; an empty one too.
  ProtobufMessage& bytes(std::uint32_t field, std::string_view value);
  ProtobufMessage& message(std::uint32_t field, const ProtobufMessage& value) {
    return bytes(field, value.text());
  }
  /// Doubles of a repeated field as one value.
  ProtobufMessage& packed(std::uint32_t field, std::span<const double> values);
  /// What stands before a value of so many bytes, which the caller writes behind this message.
  ProtobufMessage& head(std::uint32_t field, std::uint64_t size);

  const std::string& text() const { return bytes_; }

 private:
  void key(std::uint32_t field, std::uint32_t type) { varint(field << 3 | type); }
  void varint(std::uint64_t value);

  std::string bytes_;
};

}  // namespace credence::io
