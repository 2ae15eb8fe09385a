// Fetches the published files of MNIST, Fashion-MNIST and CIFAR-10. Only the library
// credence_download needs libcurl.
#pragma once

#include <cstdint>
#include <filesystem>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace credence::data {

/// A published file and how to know it. `sha256` is empty where only the MD5 was published; both in
/// lower case hexadecimal.
struct RemoteFile {
  std::string name;
  std::uint64_t bytes = 0;
  std::string md5{};
  std::string sha256{};
};

struct DownloadOptions {
  /// Addresses of folders to try in turn, each ending in "/"; empty: the data set's own list.
  std::vector<std::string> base_urls{};
  int connect_timeout_seconds = 5;
  bool progress = true;  ///< a line on stderr, where that is a terminal
};

/// The files of "mnist", "fashion-mnist" or "cifar10" (also "cifar-10"). Throws ValueError for
/// another name.
std::span<const RemoteFile> remote_files(std::string_view dataset);

/// Whether the file has the size and the checksum of `expected` (SHA-256 where known, else MD5).
/// Throws FileError where it cannot be read.
bool is_intact(const std::filesystem::path& path, const RemoteFile& expected);

/// Fetches one file to folder/NAME, unless it is already there and intact, and returns its path.
/// What has arrived stays in NAME.part when a transfer breaks off, and the next call goes on from
/// there; the file takes its name only once its size and checksum are right. Throws Error, in one
/// line naming each address and what went wrong there, when no address gave the file; FileError
/// where the folder cannot be written.
std::filesystem::path fetch(const RemoteFile& file, const std::filesystem::path& folder,
                            const DownloadOptions& options);

/// Fetches all files of a data set that remote_files knows to dir/NAME, and returns that folder.
std::filesystem::path download(std::string_view dataset, const std::filesystem::path& dir,
                               const DownloadOptions& options = {});

}  // namespace credence::data
