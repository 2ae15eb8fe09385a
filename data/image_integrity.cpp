#include "data/image_integrity.hpp"

#include "framework/core/error.hpp"

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdlib>

#include <fmt/format.h>
#include <zlib.h>

namespace credence::data {
namespace {

using Bytes = std::span<const std::uint8_t>;

constexpr std::array<std::uint8_t, 8> kPngSignature{0x89, 'P', 'N', 'G', '\r', '\n', 0x1A, '\n'};
constexpr std::array<std::uint8_t, 2> kJpegSignature{0xFF, 0xD8};
constexpr std::array<std::uint8_t, 2> kBmpSignature{'B', 'M'};

bool begins_with(Bytes bytes, Bytes signature) {
  return bytes.size() >= signature.size() &&
         std::equal(signature.begin(), signature.end(), bytes.begin());
}

std::uint32_t big_endian(Bytes bytes) {
  std::uint32_t value = 0;
  for (const std::uint8_t byte : bytes) value = value << 8 | byte;
  return value;
}

std::uint32_t little_endian(Bytes bytes) {
  std::uint32_t value = 0;
  for (std::size_t i = bytes.size(); i > 0; --i) value = value << 8 | bytes[i - 1];
  return value;
}

// Length, type, contents, CRC of type and contents. W3C, "Portable Network Graphics", section 5.3.
void check_png(const std::string& path, Bytes bytes) {
  constexpr std::size_t kFrame = 12;
  std::size_t at = kPngSignature.size();
  for (;;) {
    if (bytes.size() - at < kFrame) {
      throw FileError(path, bytes.size(), "the PNG file ends here, expected a chunk up to IEND");
    }
    const std::size_t length = big_endian(bytes.subspan(at, 4));
    if (length > bytes.size() - at - kFrame) {
      throw FileError(path, bytes.size(),
                      fmt::format("the PNG file ends here, expected {} bytes of a chunk from byte "
                                  "{}",
                                  length + kFrame, at));
    }
    const Bytes checked = bytes.subspan(at + 4, 4 + length);
    const auto sum = crc32(0, checked.data(), static_cast<unsigned>(checked.size()));
    if (sum != big_endian(bytes.subspan(at + 8 + length, 4))) {
      throw FileError(path, at, "a PNG chunk is damaged, expected its checksum");
    }
    if (checked[0] == 'I' && checked[1] == 'E' && checked[2] == 'N' && checked[3] == 'D') return;
    at += length + kFrame;
  }
}

// JPEG's markers, ITU-T T.81, table B.1.
constexpr std::uint8_t kMarker = 0xFF;
constexpr std::uint8_t kHuffmanTables = 0xC4;
constexpr std::uint8_t kEndOfImage = 0xD9;
constexpr std::uint8_t kStartOfScan = 0xDA;

constexpr bool is_restart(std::uint8_t marker) { return marker >= 0xD0 && marker <= 0xD7; }

// Each table: its class and number, how many codes of 1 to 16 bits it has, and their values.
void check_huffman_tables(const std::string& path, Bytes segment, std::size_t offset) {
  constexpr std::size_t kHead = 17;
  constexpr std::size_t kMostCodes = 256;
  while (!segment.empty()) {
    std::size_t codes = 0;
    const std::size_t head = std::min(kHead, segment.size());
    for (std::size_t i = 1; i < head; ++i) codes += segment[i];
    if (codes > kMostCodes || kHead + codes > segment.size()) {
      throw FileError(path, offset,
                      fmt::format("a Huffman table of {} codes, expected at most {} and those of "
                                  "its segment",
                                  codes, kMostCodes));
    }
    segment = segment.subspan(kHead + codes);
    offset += kHead + codes;
  }
}

// Where the data of a scan end: at a marker that is neither an escaped FF nor a restart.
std::size_t end_of_scan(Bytes bytes, std::size_t at) {
  for (; at + 1 < bytes.size(); ++at) {
    const std::uint8_t next = bytes[at + 1];
    if (bytes[at] == kMarker && next != 0 && next != kMarker && !is_restart(next)) return at;
  }
  return bytes.size();
}

// Segments FF MARKER LENGTH …; the data of a scan follow its segment. ITU-T T.81, annex B. Padding
// between segments is passed over, as stb_image does.
void check_jpeg(const std::string& path, Bytes bytes) {
  std::size_t at = kJpegSignature.size();
  for (;;) {
    while (at + 1 < bytes.size() && !(bytes[at] == kMarker && bytes[at + 1] != kMarker)) ++at;
    if (at + 1 < bytes.size() && bytes[at + 1] == kEndOfImage) return;
    if (bytes.size() - at < 4) break;
    const std::uint8_t marker = bytes[at + 1];
    const std::size_t length = big_endian(bytes.subspan(at + 2, 2));
    if (marker == 0 || is_restart(marker) || length < 2) {
      throw FileError(path, at, "the JPEG file is damaged, expected a marker and its segment");
    }
    if (length + 2 > bytes.size() - at) break;
    if (marker == kHuffmanTables) {
      check_huffman_tables(path, bytes.subspan(at + 4, length - 2), at + 4);
    }
    at += 2 + length;
    if (marker == kStartOfScan) at = end_of_scan(bytes, at);
  }
  throw FileError(path, bytes.size(), "the JPEG file ends here, expected its end-of-image marker");
}

// BITMAPFILEHEADER and BITMAPINFOHEADER or BITMAPCOREHEADER, little-endian.
void check_bmp(const std::string& path, Bytes bytes) {
  constexpr std::size_t kHeaders = 30;
  if (bytes.size() < kHeaders) {
    throw FileError(path, bytes.size(), "the BMP file ends in its header");
  }
  const bool core = little_endian(bytes.subspan(14, 4)) == 12;
  const std::uint64_t pixels = little_endian(bytes.subspan(10, 4));
  const std::uint64_t width = little_endian(bytes.subspan(18, core ? 2 : 4));
  // Negative where the rows go from top to bottom.
  const auto rows = static_cast<std::int32_t>(core ? little_endian(bytes.subspan(20, 2))
                                                   : little_endian(bytes.subspan(22, 4)));
  const auto height = static_cast<std::uint64_t>(std::abs(std::int64_t{rows}));
  const std::uint64_t bits = little_endian(bytes.subspan(core ? 24 : 28, 2));
  const std::uint64_t row_bytes = (width * bits + 31) / 32 * 4;
  // Divided, as the product may not fit.
  if (pixels > bytes.size() || (row_bytes > 0 && height > (bytes.size() - pixels) / row_bytes)) {
    throw FileError(path, bytes.size(),
                    fmt::format("the BMP file ends here, expected {} rows of {} bytes from byte {}",
                                height, row_bytes, pixels));
  }
}

}  // namespace

void check_image_integrity(const std::string& path, Bytes bytes) {
  if (begins_with(bytes, kPngSignature)) check_png(path, bytes);
  if (begins_with(bytes, kJpegSignature)) check_jpeg(path, bytes);
  if (begins_with(bytes, kBmpSignature)) check_bmp(path, bytes);
}

}  // namespace credence::data
