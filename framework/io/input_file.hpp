// Reading files byte by byte, with errors that name the file, the place and the reason.
#pragma once

#include "framework/io/descriptor.hpp"

#include <algorithm>
#include <cstdint>
#include <filesystem>
#include <string>

namespace credence::io {

/// A regular file that is open for reading, and the position in it. It is read with read(2), and
/// never mapped into memory: a file that becomes shorter is an error, and raises no signal.
class InputFile {
 public:
  /// `expected` names what the file should be ("an idx file"), for errors. Throws FileError with
  /// the system's reason where the file cannot be opened, and for a folder, a device or a pipe.
  InputFile(const std::filesystem::path& path, const std::string& expected);

  const std::string& path() const { return path_; }
  /// The size of the file when it was opened.
  std::uint64_t bytes() const { return bytes_; }
  /// The offset of the next byte.
  std::uint64_t offset() const { return offset_; }
  /// The bytes from there to the size that the file had.
  std::uint64_t rest() const { return bytes_ - std::min(bytes_, offset_); }

  /// Reads up to `count` bytes, fewer only at the end of the file. Throws FileError with the offset
  /// and the system's reason.
  std::uint64_t read_some(void* bytes, std::uint64_t count);
  /// Reads `count` bytes. Throws FileError as above, and where the file ends before.
  void read(void* bytes, std::uint64_t count);
  /// The next read begins at this offset. Throws FileError as above.
  void seek(std::uint64_t offset);

 private:
  std::string path_;
  Descriptor file_;
  std::uint64_t bytes_ = 0;
  std::uint64_t offset_ = 0;
};

/// The whole content of a file. Throws FileError as InputFile does, and where it has more than
/// `most_bytes`, for which no memory is asked.
std::string read_file(const std::filesystem::path& path, const std::string& expected,
                      std::uint64_t most_bytes = std::uint64_t{1} << 30);

}  // namespace credence::io
