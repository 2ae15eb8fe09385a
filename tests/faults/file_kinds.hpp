// Each kind of file that the library and its programs write or read, for tests of faults.
#pragma once

#include <filesystem>
#include <functional>
#include <string>
#include <vector>

namespace credence::test {

/// A file, or several of one call, that is written anew or appended to.
struct WrittenFile {
  std::string name;
  /// Writes `version` 1 or 2 of the files into the folder.
  std::function<void(const std::filesystem::path& folder, int version)> write;
  /// Where the file grows by records: the lengths at which a text of it may end. None for a file
  /// that is replaced as a whole.
  std::function<std::vector<std::size_t>(const std::string& bytes)> ends{};
};

/// A file, or a folder of files, that is read.
struct ReadFile {
  std::string name;
  /// Makes the file in the folder.
  std::function<void(const std::filesystem::path& folder)> make;
  /// Reads it, and returns what was read as bytes that can be compared.
  std::function<std::string(const std::filesystem::path& folder)> read;
};

std::vector<WrittenFile> written_files();
std::vector<ReadFile> read_files();

}  // namespace credence::test
