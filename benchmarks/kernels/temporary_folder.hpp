// Files that the program needs for a while.
#pragma once

#include <filesystem>
#include <string>

namespace credence::benchmarks {

/// A new folder among the system's temporary files, which is removed with the object. Throws Error
/// where none can be made.
class TemporaryFolder {
 public:
  TemporaryFolder();
  ~TemporaryFolder();
  TemporaryFolder(const TemporaryFolder&) = delete;
  TemporaryFolder& operator=(const TemporaryFolder&) = delete;

  std::string file(const std::string& name) const { return (path_ / name).string(); }

 private:
  std::filesystem::path path_;
};

}  // namespace credence::benchmarks
