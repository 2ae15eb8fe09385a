// Where a parser takes its bytes from: a file, or an entry of an archive; and what parsers share.
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <string>
#include <string_view>

namespace credence::data {

/// The largest compression ratio of DEFLATE: 258 bytes in 2 bits.
inline constexpr std::uint64_t kMaxDeflateRatio = 1032;

/// The number that so few bytes are, the lowest first: at most 8.
inline std::uint64_t little_endian(std::string_view bytes) {
  std::uint64_t number = 0;
  for (std::size_t i = bytes.size(); i-- > 0;) {
    number = number << 8 | static_cast<unsigned char>(bytes[i]);
  }
  return number;
}

struct ByteSource {
  std::string name;  ///< in errors: the path of the file, and the entry's name
  /// Reads up to `count` bytes and returns how many; fewer only at the end. Throws FileError where
  /// they cannot be read or are damaged.
  std::function<std::uint64_t(void* bytes, std::uint64_t count)> read;
  /// How many of the next `count` bytes exist, so that no memory is asked for the others.
  std::function<std::uint64_t(std::uint64_t count)> available;
  /// Text for the end of a message about an unexpected file; see ByteReader::kind_note.
  std::function<std::string()> kind_note = [] { return std::string(); };
};

}  // namespace credence::data
