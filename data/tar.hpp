// The part of the tar format that data sets need: ustar headers, pax extended headers and GNU's
// long names. POSIX.1-2008, "pax", section "ustar Interchange Format".
#pragma once

#include "data/byte_reader.hpp"

#include <array>
#include <cstdint>
#include <optional>
#include <string>

namespace credence::data {

/// A header is one block; contents are padded to whole blocks.
inline constexpr std::uint64_t kTarBlock = 512;
using TarBlock = std::array<std::uint8_t, kTarBlock>;

/// The header of an entry.
struct TarEntry {
  std::string name;  ///< the last component of its path
  std::uint64_t size = 0;
  bool regular = false;  ///< whether it is a file, not a folder, a link or a device
};

/// Reads an archive from its beginning to its end. All members throw FileError, with the byte
/// offset in the unpacked archive, where it is not a tar archive or is cut short.
class TarReader {
 public:
  /// `reader` must be at the archive's first byte, and must outlive the object.
  explicit TarReader(ByteReader& reader) : reader_(reader) {}

  /// Skips the rest of the current entry and reads the next one's header. Returns nothing at the
  /// end of the archive; the checksum of a gzip file has then been verified.
  std::optional<TarEntry> next();
  /// Reads the next `count` bytes of the entry's contents. Throws Error where fewer are left.
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
  std::uint64_t padding_ = 0;  // after the contents, up to a whole block
};

}  // namespace credence::data
