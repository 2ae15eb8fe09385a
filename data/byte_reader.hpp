#pragma once

#include <cstdint>
#include <filesystem>
#include <memory>
#include <string>

struct gzFile_s;

namespace credence::data {

/// The bytes of a file, unpacked where it is gzip'd, whatever its name. All members throw FileError
/// for a file that cannot be read and for a gzip stream that is cut short or damaged.
class ByteReader {
 public:
  /// `expected` says in the error for a file that cannot be opened what it should be: "an idx
  /// file".
  ByteReader(const std::filesystem::path& path, const std::string& expected);

  const std::string& path() const { return path_; }
  /// Of the next byte, counted in the unpacked bytes.
  std::uint64_t offset() const { return offset_; }

  /// Reads up to `count` bytes; fewer only at the end of the file.
  std::uint64_t read(void* bytes, std::uint64_t count);
  /// Passes over up to `count` bytes, holding little memory; fewer only at the end of the file.
  std::uint64_t skip(std::uint64_t count);
  /// How many bytes are left; reads to the end, holding little memory, and comes back.
  std::uint64_t count_rest();
  /// An upper bound of the bytes left, known without reading them.
  std::uint64_t most_bytes_left();
  /// How many of the next `count` bytes there are: all of them in a file of ordinary density;
  /// counted where the file is so small for them that its header must be doubted.
  std::uint64_t available(std::uint64_t count);
  bool packed();
  /// For the end of a message about a file that is not as expected: "; the file is an HTML page"
  /// where its kind is recognised (io::kind_of), else nothing. Of what is packed in a gzip file
  /// nothing is known.
  std::string kind_note();

 private:
  void check();

  std::string path_;
  std::unique_ptr<gzFile_s, int (*)(gzFile_s*)> file_;
  std::uint64_t file_bytes_ = 0;
  std::uint64_t offset_ = 0;
};

}  // namespace credence::data
