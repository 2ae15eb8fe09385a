// Checksums of downloaded files, by libnettle.
#include "data/download.hpp"
#include "framework/base/error.hpp"
#include "framework/io/input_file.hpp"

#include <array>
#include <cstddef>
#include <string>
#include <system_error>
#include <vector>

#include <fmt/format.h>
#include <nettle/nettle-meta.h>

namespace credence::data {
namespace {

namespace fs = std::filesystem;

// The file's digest in lower case hexadecimal.
std::string digest_of(const fs::path& path, const nettle_hash& hash) {
  io::InputFile file(path, "a file to check");
  // The context is raw memory of the size that the hash asks for.
  std::vector<std::max_align_t> context(hash.context_size / sizeof(std::max_align_t) + 1);
  hash.init(context.data());
  std::vector<std::uint8_t> buffer(std::size_t{1} << 16);
  while (const std::uint64_t got = file.read_some(buffer.data(), buffer.size())) {
    hash.update(context.data(), got, buffer.data());
  }
  std::vector<std::uint8_t> digest(hash.digest_size);
  hash.digest(context.data(), digest.size(), digest.data());
  std::string text;
  for (const std::uint8_t byte : digest) text += fmt::format("{:02x}", byte);
  return text;
}

}  // namespace

bool is_intact(const fs::path& path, const RemoteFile& expected) {
  std::error_code failure;
  const std::uint64_t bytes = fs::file_size(path, failure);
  if (failure) throw FileError(path.string(), failure.message());
  if (bytes != expected.bytes) return false;
  return expected.sha256.empty() ? digest_of(path, nettle_md5) == expected.md5
                                 : digest_of(path, nettle_sha256) == expected.sha256;
}

}  // namespace credence::data
