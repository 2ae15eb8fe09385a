// Writers of gzip streams and tar archives for tests.
#pragma once

#include "tests/data/temporary_folder.hpp"

#include <cstdint>
#include <cstdio>
#include <filesystem>
#include <string>

#include <zlib.h>

namespace credence::test {

/// The bytes as a gzip stream.
inline std::string gzip(const std::string& bytes) {
  const TemporaryFolder folder;
  const std::filesystem::path path = folder.path() / "packed";
  gzFile file = gzopen(path.c_str(), "wb1");
  gzwrite(file, bytes.data(), static_cast<unsigned>(bytes.size()));
  gzclose(file);
  return read_file(path);
}

/// The fields of a tar header. `size` is an octal text, so that wrong ones can be written.
struct TarHeader {
  std::string name;
  std::string size;
  char type = '0';
  std::string prefix{};
};

/// A ustar header block.
inline std::string tar_header(const TarHeader& header) {
  std::string block(512, '\0');
  const auto put = [&](std::size_t offset, const std::string& text) {
    block.replace(offset, text.size(), text);
  };
  put(0, header.name);
  put(100, "0000644");
  put(108, "0000000");
  put(116, "0000000");
  put(124, header.size);
  put(136, "00000000000");
  put(148, "        ");
  block[156] = header.type;
  put(257, std::string("ustar\00000", 8));
  put(345, header.prefix);
  unsigned sum = 0;
  for (const char byte : block) sum += static_cast<unsigned char>(byte);
  char text[8];
  std::snprintf(text, sizeof(text), "%06o", sum);
  put(148, std::string(text, 7));
  return block;
}

inline std::string octal(std::uint64_t value) {
  char text[13];
  std::snprintf(text, sizeof(text), "%011llo", static_cast<unsigned long long>(value));
  return text;
}

/// An entry with its contents, padded to full blocks.
inline std::string tar_entry(const std::string& name, const std::string& contents, char type = '0',
                             const std::string& prefix = "") {
  std::string entry = tar_header({name, octal(contents.size()), type, prefix}) + contents;
  entry.resize((entry.size() + 511) / 512 * 512);
  return entry;
}

/// The two empty blocks at the end of an archive.
inline std::string tar_end() { return std::string(1024, '\0'); }

}  // namespace credence::test
