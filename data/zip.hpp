// Reading of ZIP archives with stored and deflated entries, as far as .npz files need it. The
// library reads them itself, with zlib: with Debian's libzip, a shared library, or libminizip each
// program that links libcredence.a would have to link that too. Format: PKWARE's APPNOTE.TXT,
// sections 4.3 to 4.5.
#pragma once

#include "data/byte_source.hpp"
#include "framework/io/input_file.hpp"

#include <cstdint>
#include <filesystem>
#include <memory>
#include <string>
#include <vector>

namespace credence::data {

/// An entry of an archive as its directory describes it.
struct ZipEntry {
  std::string name{};
  std::uint16_t method = 0;  ///< 0 stored, 8 deflated
  std::uint32_t crc = 0;     ///< CRC-32 of the unpacked bytes
  std::uint64_t packed_bytes = 0;
  std::uint64_t bytes = 0;   ///< unpacked
  std::uint64_t header = 0;  ///< where its local header begins in the file
};

class ZipFile {
 public:
  /// Reads the directory. Throws FileError, with the byte, where the file is no ZIP archive, has an
  /// entry that is encrypted, packed in another way or outside the file, one that says to have more
  /// bytes than its packed ones can hold (1032 times as many), or entries that together say to have
  /// more packed bytes than the file.
  explicit ZipFile(const std::filesystem::path& path);

  const std::string& path() const { return file_.path(); }
  const std::vector<ZipEntry>& entries() const { return entries_; }

  /// The bytes of an entry, unpacked while they are read; never more than the directory says.
  /// Offsets and messages are of the unpacked bytes, under the name "PATH: NAME". A read behind the
  /// last byte checks that the packed ones end there too, and their CRC-32. It throws FileError
  /// where they do not. The archive has to outlive it.
  ByteSource open(const ZipEntry& entry);

 private:
  class EntryBytes;
  struct Directory {
    std::uint64_t entries = 0;
    std::uint64_t bytes = 0;
    std::uint64_t offset = 0;
  };

  [[noreturn]] void fail(std::uint64_t offset, const std::string& what) const;
  void read_at(std::uint64_t offset, void* bytes, std::uint64_t count, const char* what);
  std::string bytes_at(std::uint64_t offset, std::uint64_t count, const char* what);
  Directory find_directory();
  void read_wide_directory(std::uint64_t locator, Directory& directory);
  void read_entries(const Directory& directory);
  std::uint64_t begin_of(const ZipEntry& entry);

  io::InputFile file_;
  std::vector<ZipEntry> entries_{};
};

}  // namespace credence::data
