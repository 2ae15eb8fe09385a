// Downloads of the published files of MNIST, Fashion-MNIST and CIFAR-10. Of the libraries, only
// credence_download needs libcurl.
#pragma once

#include <cstdint>
#include <filesystem>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace credence::data {

/// A published file with its size and checksum, in lower case hexadecimal. `sha256` is empty where
/// only the MD5 was published.
struct RemoteFile {
  std::string name;
  std::uint64_t bytes = 0;
  std::string md5{};
  std::string sha256{};
};

/// From where to download, and how.
struct DownloadOptions {
  /// Addresses of folders to try one after another, each ending in "/". Empty: the data set's own
  /// list.
  std::vector<std::string> base_urls{};
  int connect_timeout_seconds = 5;
  bool progress = true;  ///< whether to show a line on stderr where that is a terminal
};

/// The files of "mnist", "fashion-mnist" or "cifar10" (also "cifar-10"). Throws ValueError for
/// another name.
std::span<const RemoteFile> remote_files(std::string_view dataset);

/// The addresses of the folders that have the files of one of these data sets, each ending in "/".
/// They use HTTPS.
std::vector<std::string> default_urls(std::string_view dataset);

/// Whether the file has the size and the checksum of `expected` (SHA-256 where known, else MD5).
/// Throws FileError where it cannot be read.
bool is_intact(const std::filesystem::path& path, const RemoteFile& expected);

/// Downloads one file to folder/NAME, unless it is there and intact, and returns its path. When a
/// transfer breaks off, the bytes that arrived stay in NAME.part, and the next call continues from
/// there. The file gets its name only after its size and checksum were found correct. Throws Error,
/// in one line with each address and its problem, where no address gave the file. Throws FileError
/// where the folder cannot be written.
std::filesystem::path fetch(const RemoteFile& file, const std::filesystem::path& folder,
                            const DownloadOptions& options);

/// Downloads all files of a data set of remote_files to dir/NAME, and returns that folder. Throws
/// as fetch does.
std::filesystem::path download(std::string_view dataset, const std::filesystem::path& dir,
                               const DownloadOptions& options = {});

}  // namespace credence::data
