// Checksums of tar headers and of PNG's chunks.
#include "tests/fuzz/checksums.hpp"

#include "data/tar.hpp"

#include <array>
#include <cstdint>
#include <cstdio>

#include <zlib.h>

namespace credence::fuzz {
namespace {

constexpr std::size_t kPngFrame = 12;  // length, type and checksum of a chunk

std::uint32_t big_endian(std::string_view bytes) {
  std::uint32_t value = 0;
  for (const char byte : bytes) value = value << 8 | static_cast<unsigned char>(byte);
  return value;
}

}  // namespace

std::string with_tar_checksums(std::string_view bytes) {
  constexpr std::size_t kChecksum = 148;
  constexpr std::size_t kMagic = 257;
  std::string archive(bytes);
  for (std::size_t at = 0; at + data::kTarBlock <= archive.size(); at += data::kTarBlock) {
    if (archive.compare(at + kMagic, 5, "ustar") != 0) continue;
    archive.replace(at + kChecksum, 8, 8, ' ');
    unsigned sum = 0;
    for (std::size_t i = 0; i < data::kTarBlock; ++i) {
      sum += static_cast<unsigned char>(archive[at + i]);
    }
    std::array<char, 8> text{};
    std::snprintf(text.data(), text.size(), "%06o", sum);
    archive.replace(at + kChecksum, 7, text.data(), 7);
  }
  return archive;
}

std::string with_png_checksums(std::string_view bytes) {
  std::string file(bytes);
  if (!bytes.starts_with("\x89PNG\r\n\x1A\n")) return file;
  std::size_t at = 8;
  while (file.size() - at >= kPngFrame) {
    const std::size_t length = big_endian(std::string_view(file).substr(at, 4));
    if (length > file.size() - at - kPngFrame) break;
    const auto sum = static_cast<std::uint32_t>(crc32(
        0, reinterpret_cast<const Bytef*>(file.data() + at + 4), static_cast<uInt>(length + 4)));
    for (std::size_t i = 0; i < 4; ++i) {
      file[at + 8 + length + i] = static_cast<char>(sum >> (24 - 8 * i) & 255U);
    }
    at += length + kPngFrame;
  }
  return file;
}

}  // namespace credence::fuzz
