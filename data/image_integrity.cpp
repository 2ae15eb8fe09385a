// Checks of PNG, JPEG and BMP files before they are decoded, each from the format's specification.
#include "data/image_integrity.hpp"

#include "data/byte_source.hpp"
#include "data/inflater.hpp"
#include "framework/base/error.hpp"
#include "framework/io/file_kind.hpp"

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdlib>
#include <vector>

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

bool is_chunk(Bytes bytes, std::string_view type) {
  return bytes.size() >= 4 && std::equal(type.begin(), type.end(), bytes.begin());
}

// Reads a chunk IHDR: width, height, bits of a sample, … W3C, "Portable Network Graphics", 11.2.2.
ImageHeader png_header(const std::string& path, Bytes contents) {
  constexpr std::size_t kIhdr = 13;
  if (is_chunk(contents, "CgBI")) {
    throw FileError(path, "is a PNG in Apple's own form (CgBI), which is not read");
  }
  if (!is_chunk(contents, "IHDR") || contents.size() != 4 + kIhdr) {
    throw FileError(path, kPngSignature.size(),
                    "the PNG file is damaged, expected an IHDR chunk of 13 bytes");
  }
  // 1 bit for each pixel, packed as closely as can be.
  return {big_endian(contents.subspan(4, 4)), big_endian(contents.subspan(8, 4)), contents[12],
          8 * kMaxDeflateRatio};
}

// Throws where the parts of a zlib stream unpack to more bytes than a picture may have: stb_image
// unpacks all of them, however few the pixels are. A stream that is damaged is left to it.
void check_unpacked_size(const std::string& path, const std::vector<Bytes>& parts) {
  // 2^27 pixels of 8 bytes, and a byte for each of 2^24 rows, of which interlacing makes two.
  constexpr std::uint64_t kMost = (std::uint64_t{1} << 30) + (std::uint64_t{1} << 25);
  std::uint64_t packed = 0;
  for (const Bytes part : parts) packed += part.size();
  if (packed <= kMost / kMaxDeflateRatio) return;
  Inflater inflater(Inflater::Form::zlib);
  std::vector<std::uint8_t> unpacked(std::size_t{1} << 16);
  std::uint64_t count = 0;
  for (Bytes part : parts) {
    std::size_t got = unpacked.size();
    while (got > 0 && count <= kMost) {
      got = inflater.unpack(part, unpacked);
      count += got;
    }
  }
  if (count > kMost) {
    throw FileError(path, fmt::format("a PNG whose packed pixels unpack to more than {} bytes, "
                                      "expected at most those of the largest picture",
                                      kMost));
  }
}

// Walks the chunks: length, type, contents, CRC of type and contents. W3C, "Portable Network
// Graphics", section 5.3.
ImageHeader check_png(const std::string& path, Bytes bytes) {
  constexpr std::size_t kFrame = 12;
  ImageHeader header;
  std::vector<Bytes> pixels;
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
    if (at == kPngSignature.size()) header = png_header(path, checked);
    if (is_chunk(checked, "IDAT")) pixels.push_back(checked.subspan(4));
    if (is_chunk(checked, "IEND")) break;
    at += length + kFrame;
  }
  check_unpacked_size(path, pixels);
  return header;
}

// JPEG's markers, ITU-T T.81, table B.1.
constexpr std::uint8_t kMarker = 0xFF;
constexpr std::uint8_t kHuffmanTables = 0xC4;
constexpr std::uint8_t kEndOfImage = 0xD9;
constexpr std::uint8_t kStartOfScan = 0xDA;

constexpr std::uint8_t kAdobe = 0xEE;  // APP14

constexpr bool is_restart(std::uint8_t marker) { return marker >= 0xD0 && marker <= 0xD7; }

// C4, C8 and CC in this range have other meanings.
constexpr bool is_start_of_frame(std::uint8_t marker) {
  return marker >= 0xC0 && marker <= 0xCF && marker != kHuffmanTables && marker != 0xC8 &&
         marker != 0xCC;
}

// The name of a frame's coding where it is not supported, else null.
constexpr const char* unread_coding(std::uint8_t marker) {
  if (marker <= 0xC2) return nullptr;  // baseline, extended, progressive
  if (marker == 0xC3) return "lossless";
  if (marker == 0xC9 || marker == 0xCA) return "with arithmetic coding";
  if (marker == 0xCB) return "lossless with arithmetic coding";
  return "hierarchical";
}

// Reads the segment of a frame: bits of a sample, height, width, number of components, … ITU-T
// T.81, B.2.2.
ImageHeader jpeg_header(const std::string& path, Bytes segment, std::size_t offset,
                        std::uint8_t marker, bool adobe) {
  constexpr std::size_t kHead = 6;
  if (const char* coding = unread_coding(marker)) {
    throw FileError(
        path, offset,
        fmt::format("is a JPEG {}, which is not read, expected baseline or progressive", coding));
  }
  if (segment.size() < kHead) {
    throw FileError(path, offset, "the JPEG file is damaged, expected a whole frame header");
  }
  const int bits = segment[0];
  if (bits != 8) {
    throw FileError(
        path, offset,
        fmt::format("is a JPEG of {} bits a sample, which is not read, expected 8", bits));
  }
  const int components = segment[5];
  if (components == 4 && !adobe) {
    throw FileError(path, offset,
                    "is a JPEG in CMYK without Adobe's marker, which is not read, expected grey or "
                    "YCbCr");
  }
  if (components != 1 && components != 3 && components != 4) {
    throw FileError(path, offset,
                    fmt::format("is a JPEG of {} components, which is not read, expected 1, 3 or 4",
                                components));
  }
  // At least a bit for each block of 8 x 8 pixels.
  constexpr std::uint64_t kPixelsPerByte = 8 * 64;
  return {big_endian(segment.subspan(3, 2)), big_endian(segment.subspan(1, 2)), bits,
          kPixelsPerByte};
}

// Checks the tables of a segment. Each has its class and number, the number of codes of each length
// from 1 to 16 bits, and the values of the codes.
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

// The end of a scan's data: the next marker that is neither an escaped FF nor a restart.
std::size_t end_of_scan(Bytes bytes, std::size_t at) {
  for (; at + 1 < bytes.size(); ++at) {
    const std::uint8_t next = bytes[at + 1];
    if (bytes[at] == kMarker && next != 0 && next != kMarker && !is_restart(next)) return at;
  }
  return bytes.size();
}

[[noreturn]] void throw_no_end(const std::string& path, Bytes bytes) {
  throw FileError(path, bytes.size(), "the JPEG file ends here, expected its end-of-image marker");
}

// Walks the segments, FF MARKER LENGTH …. The data of a scan follow its segment. ITU-T T.81, annex
// B. Padding between segments is skipped, as stb_image does.
ImageHeader check_jpeg(const std::string& path, Bytes bytes) {
  std::size_t at = kJpegSignature.size();
  ImageHeader header;
  bool framed = false;
  bool adobe = false;
  constexpr int kMostScans = 256;
  int scans = 0;
  for (;;) {
    while (at + 1 < bytes.size() && !(bytes[at] == kMarker && bytes[at + 1] != kMarker)) ++at;
    if (at + 1 < bytes.size() && bytes[at + 1] == kEndOfImage) break;
    if (bytes.size() - at < 4) throw_no_end(path, bytes);
    const std::uint8_t marker = bytes[at + 1];
    const std::size_t length = big_endian(bytes.subspan(at + 2, 2));
    if (marker == 0 || is_restart(marker) || length < 2) {
      throw FileError(path, at, "the JPEG file is damaged, expected a marker and its segment");
    }
    if (length + 2 > bytes.size() - at) throw_no_end(path, bytes);
    const Bytes segment = bytes.subspan(at + 4, length - 2);
    if (marker == kHuffmanTables) check_huffman_tables(path, segment, at + 4);
    adobe = adobe || (marker == kAdobe && is_chunk(segment, "Adobe"));
    if (is_start_of_frame(marker) && !framed) {
      header = jpeg_header(path, segment, at, marker, adobe);
      framed = true;
    }
    at += 2 + length;
    if (marker != kStartOfScan) continue;
    if (++scans > kMostScans) {
      throw FileError(path, at, fmt::format("a JPEG of more than {} scans", kMostScans));
    }
    at = end_of_scan(bytes, at);
  }
  if (!framed) throw FileError(path, at, "the JPEG file ends here, expected a frame before it");
  return header;
}

// Throws for forms that are not supported: the headers of OS/2 2 and BITMAPV3INFOHEADER, and pixels
// that are not rows of samples.
void check_bmp_form(const std::string& path, Bytes bytes) {
  const std::uint32_t header = little_endian(bytes.subspan(14, 4));
  if (header != 12 && header != 40 && header != 108 && header != 124) {
    throw FileError(path, 14,
                    fmt::format("is a BMP with a header of {} bytes, which is not read, expected "
                                "12, 40, 108 or 124",
                                header));
  }
  if (header == 12 || bytes.size() < 34) return;
  constexpr std::array<const char*, 7> kCompressions{nullptr,
                                                     "RLE8 (run-length coding)",
                                                     "RLE4 (run-length coding)",
                                                     nullptr,
                                                     "an embedded JPEG",
                                                     "an embedded PNG",
                                                     "BI_ALPHABITFIELDS"};
  const std::uint32_t compression = little_endian(bytes.subspan(30, 4));
  const char* const name =
      compression < kCompressions.size() ? kCompressions[compression] : "an unknown compression";
  if (name != nullptr) {
    throw FileError(path, 30,
                    fmt::format("is a BMP with {}, which is not read, expected one without "
                                "compression",
                                name));
  }
}

// Reads BITMAPFILEHEADER and BITMAPINFOHEADER or BITMAPCOREHEADER, little-endian.
ImageHeader check_bmp(const std::string& path, Bytes bytes) {
  constexpr std::size_t kHeaders = 30;
  if (bytes.size() < kHeaders) {
    throw FileError(path, bytes.size(), "the BMP file ends in its header");
  }
  check_bmp_form(path, bytes);
  const bool core = little_endian(bytes.subspan(14, 4)) == 12;
  const std::uint64_t pixels = little_endian(bytes.subspan(10, 4));
  const std::uint64_t width = little_endian(bytes.subspan(18, core ? 2 : 4));
  // Negative where the rows go from top to bottom.
  const auto rows = static_cast<std::int32_t>(core ? little_endian(bytes.subspan(20, 2))
                                                   : little_endian(bytes.subspan(22, 4)));
  const auto height = static_cast<std::uint64_t>(std::abs(std::int64_t{rows}));
  const std::uint64_t bits = little_endian(bytes.subspan(core ? 24 : 28, 2));
  const std::uint64_t row_bytes = (width * bits + 31) / 32 * 4;
  // A division, because the product may overflow.
  if (pixels > bytes.size() || (row_bytes > 0 && height > (bytes.size() - pixels) / row_bytes)) {
    throw FileError(path, bytes.size(),
                    fmt::format("the BMP file ends here, expected {} rows of {} bytes from byte {}",
                                height, row_bytes, pixels));
  }
  return {width, height};
}

}  // namespace

ImageHeader check_image_integrity(const std::string& path, Bytes bytes) {
  if (begins_with(bytes, kPngSignature)) return check_png(path, bytes);
  if (begins_with(bytes, kJpegSignature)) return check_jpeg(path, bytes);
  if (begins_with(bytes, kBmpSignature)) return check_bmp(path, bytes);
  constexpr const char* kExpected = "expected a PNG, JPEG or BMP picture";
  if (bytes.empty()) throw FileError(path, fmt::format("is empty, {}", kExpected));
  const std::string kind = io::kind_of(bytes).name;
  throw FileError(path, kind.empty() ? fmt::format("is no picture that is known, {}", kExpected)
                                     : fmt::format("is {}, {}", kind, kExpected));
}

}  // namespace credence::data
