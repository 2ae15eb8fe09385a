// A check of picture files before stb_image decodes them. stb_image ignores checksums, reads a file
// that is cut short as if zeros followed, and up to version 2.27 writes past the end of a Huffman
// table that is too large. Its errors do not say which format a file has and why it cannot be read.
#pragma once

#include <cstdint>
#include <span>
#include <string>

namespace credence::data {

/// What the header of a picture's file says.
struct ImageHeader {
  std::uint64_t width = 0;
  std::uint64_t height = 0;
  int bits = 8;  ///< of a sample; 16 in some PNG files
  /// The most pixels that a byte of such a file can describe.
  std::uint64_t pixels_per_byte = 8;
};

/// Checks a file's contents and returns its header. Throws FileError, with the byte offset where
/// there is one,
/// - for a file that is not PNG, JPEG or BMP (the message says what it is);
/// - for forms of these that are not supported: BMP with run-length coding or an embedded JPEG or
///   PNG; JPEG of 12 bits, lossless, hierarchical, with arithmetic coding, or in CMYK without
///   Adobe's marker; Apple's own form of PNG;
/// - for a PNG file with a chunk that is cut short or has a wrong checksum, without an IEND chunk,
///   or whose packed pixels unpack to more bytes than those of the largest picture, 2^30 and the
///   rows' filters;
/// - for a JPEG file without an end-of-image marker after its first scan, or with more than 256
///   scans, each of which costs the time of all pixels;
/// - for a BMP file that is shorter than its header says.
ImageHeader check_image_integrity(const std::string& path, std::span<const std::uint8_t> bytes);

}  // namespace credence::data
