// Whether a path names a folder.
#pragma once

#include <filesystem>
#include <system_error>

namespace credence::benchmarks {

/// Whether there is a folder at `path`; false where the path cannot be followed.
inline bool is_folder(const std::filesystem::path& path) {
  std::error_code error;
  return std::filesystem::is_directory(path, error);
}

}  // namespace credence::benchmarks
