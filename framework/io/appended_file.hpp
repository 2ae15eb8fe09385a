// A file that grows by whole records, such as the lines of a log.
#pragma once

#include "framework/io/descriptor.hpp"

#include <cstdint>
#include <filesystem>
#include <string_view>
#include <utility>

namespace credence::io {

/// Appends records to a file in single writes, so that it ends with a whole record at any time at
/// which the program may die. Nothing is opened before the first record is appended. A run that
/// goes on from a saved state continues the file at the size that it had then: what was appended
/// later is cut off, because the run appends it again.
class AppendedFile {
 public:
  explicit AppendedFile(std::filesystem::path path) : path_(std::move(path)) {}

  const std::filesystem::path& path() const { return path_; }
  /// The bytes that were appended so far.
  std::int64_t size() const { return size_; }
  /// Appends a record. The first one makes the file, or cuts an old one to size(). Throws FileError
  /// with the system's reason where that fails; the file then has the records before it.
  void append(std::string_view record);
  /// Forces what was appended to the disk, so that a power cut leaves at least size() bytes. Throws
  /// FileError with the system's reason where that fails.
  void synchronize() const;
  /// The next record follows the first `size` bytes of the file. Throws FileError where the file is
  /// missing or shorter than that, and Error after the first append.
  void continue_at(std::int64_t size);

 private:
  void open();
  // Cuts the file to size_ and goes to its end. Returns whether that worked.
  bool cut(const Descriptor& file) const;

  std::filesystem::path path_;
  std::int64_t size_ = 0;
  Descriptor file_{};
};

}  // namespace credence::io
