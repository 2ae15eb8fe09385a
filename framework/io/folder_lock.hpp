// A folder that one process at a time writes into.
#pragma once

#include "framework/io/descriptor.hpp"

#include <filesystem>

namespace credence::io {

/// Holds a folder, by flock(2) on the file ".credence.lock" in it, until the end of the object's
/// life or of the process: the kernel releases the lock of a process that was killed, so that no
/// lock outlives its holder. The file is removed at the end of the object's life; that of a killed
/// process stays and locks nothing. Where the folder may not be written, or its file system has no
/// locks, nothing is held.
class FolderLock {
 public:
  /// Makes the folder where it is missing. Throws FileError for a folder that cannot be made and
  /// for one that another FolderLock holds, with the number of the process that does.
  explicit FolderLock(const std::filesystem::path& folder);
  ~FolderLock();
  FolderLock(FolderLock&&) noexcept = default;
  FolderLock& operator=(FolderLock&&) = delete;
  FolderLock(const FolderLock&) = delete;
  FolderLock& operator=(const FolderLock&) = delete;

  /// The name of the lock's file.
  static constexpr const char* kFile = ".credence.lock";

 private:
  std::filesystem::path file_;
  Descriptor lock_{};
};

}  // namespace credence::io
