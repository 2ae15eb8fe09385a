// The tar format as far as reading a data set needs it: ustar headers, with pax extended headers
// and GNU's long names. POSIX.1-2008, "pax", section "ustar Interchange Format".
#pragma once

#include "data/byte_reader.hpp"

#include <array>
#include <cstdint>
#include <optional>
#include <string>

namespace credence::data {

/// A header fills one block; contents are padded to full blocks.
inline constexpr std::uint64_t kTarBlock = 512;
using TarBlock = std::array<std::uint8_t, kTarBlock>;

struct TarEntry {
  std::string name;  ///< the last component of its path
  std::uint64_t size = 0;
  bool regular = false;  ///< a file, not a folder, a link or a device
};

/// Goes through an archive from its beginning to its end. All members throw FileError, with the
/// byte offset in the unpacked archive, for what is no tar archive or is cut short.
class TarReader {
 public:
  /// `reader`, at the archive's first byte, must outlive this.
  explicit TarReader(ByteReader& reader) : reader_(reader) {}

  /// Passes over what is left of the entry before, and reads the next one's header. At the end of
  /// the archive nothing; a gzip'd file's checksum has been verified then.
  std::optional<TarEntry> next();
  /// Reads the next `count` bytes of the entry's contents. Throws Error where it has fewer left.
  void read(void* bytes, std::uint64_t count);

 private:
  void read_within(void* bytes, std::uint64_t count, const std::string& what);
  bool read_header(TarBlock& block);
  void enter(std::uint64_t size);
  void skip_rest();
  std::string read_text();

  ByteReader& reader_;
  std::string name_;
  std::uint64_t left_ = 0;     // of the entry's contents
  std::uint64_t padding_ = 0;  // after them, up to a full block
};

}  // namespace credence::data
