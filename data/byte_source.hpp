// Where a parser takes its bytes from: a file, or an entry of an archive.
#pragma once

#include <cstdint>
#include <functional>
#include <string>

namespace credence::data {

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
