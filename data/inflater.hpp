// Unpacking of DEFLATE streams with zlib.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>

struct z_stream_s;

namespace credence::data {

/// Unpacks one stream after another, a piece at a time.
class Inflater {
 public:
  enum class Form : std::uint8_t {
    gzip,  ///< RFC 1952, with its header and checksum
    zlib,  ///< RFC 1950, likewise, as in PNG
    raw,   ///< RFC 1951 alone, as in ZIP archives
  };
  /// Throws std::bad_alloc where zlib has no memory.
  explicit Inflater(Form form);

  /// Unpacks from the front of `packed`, which it shortens by what it has used, into `to`. Returns
  /// how many bytes it has written. It writes none where it needs more packed bytes, at the end of
  /// the stream, and where the stream is damaged.
  std::size_t unpack(std::span<const std::uint8_t>& packed, std::span<std::uint8_t> to);
  /// Whether the end of the stream is reached and its checksum, where it has one, is right.
  bool ended() const { return ended_; }
  /// What is wrong with the stream, in zlib's words; null for nothing.
  const char* damage() const { return damage_; }
  /// Begins the next stream.
  void restart();

 private:
  std::unique_ptr<z_stream_s, void (*)(z_stream_s*)> stream_;
  bool ended_ = false;
  const char* damage_ = nullptr;
};

}  // namespace credence::data
