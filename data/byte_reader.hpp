// Reading of files that may be compressed with gzip.
#pragma once

#include "framework/io/file_kind.hpp"
#include "framework/io/input_file.hpp"

#include <cstdint>
#include <filesystem>
#include <memory>
#include <string>

namespace credence::data {

/// The bytes of a file, unpacked where it is in gzip format, whatever its name. All members throw
/// FileError where the file cannot be read or its gzip stream is cut short or damaged.
class ByteReader {
 public:
  /// `expected` names what the file should be ("an idx file"), for the error where it cannot be
  /// opened.
  ByteReader(const std::filesystem::path& path, const std::string& expected);
  ~ByteReader();
  ByteReader(ByteReader&& other) noexcept;
  ByteReader& operator=(ByteReader&&) = delete;
  ByteReader(const ByteReader&) = delete;
  ByteReader& operator=(const ByteReader&) = delete;

  const std::string& path() const { return file_.path(); }
  /// The offset of the next byte in the unpacked bytes.
  std::uint64_t offset() const { return offset_; }

  /// Reads up to `count` bytes; fewer only at the end of the file.
  std::uint64_t read(void* bytes, std::uint64_t count);
  /// Skips up to `count` bytes with little memory, and returns how many; fewer only at the end of
  /// the file.
  std::uint64_t skip(std::uint64_t count);
  /// The number of bytes left. Reads to the end with little memory, and returns to the present
  /// offset.
  std::uint64_t count_rest();
  /// An upper bound of the number of bytes left, without reading them.
  std::uint64_t most_bytes_left();
  /// How many of the next `count` bytes exist. The answer is `count` without a look at an ordinary
  /// gzip file. Where the file is suspiciously small for `count` bytes, they are counted.
  std::uint64_t available(std::uint64_t count);
  /// Whether the file is in gzip format.
  bool packed() const { return gzip_ != nullptr; }
  /// What io::kind_of makes of the file; unknown for a gzip file, whose content is not examined.
  io::FileKind kind();
  /// Text for the end of a message about an unexpected file: "; the file is an HTML page" where
  /// its kind is known, else nothing.
  std::string kind_note();

 private:
  class Gzip;

  io::InputFile file_;
  std::unique_ptr<Gzip> gzip_;  // null for a file that is not packed
  std::uint64_t offset_ = 0;
};

}  // namespace credence::data
