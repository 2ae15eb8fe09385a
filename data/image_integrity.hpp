// What stb_image lets pass: it ignores checksums, reads a file that has been cut short as if zeros
// followed, and up to version 2.27 writes past the end of a Huffman table that is too large. And
// what it does not name: the kind of a file that it cannot read, and why.
#pragma once

#include <cstdint>
#include <span>
#include <string>

namespace credence::data {

/// What a picture's file says before its pixels.
struct ImageHeader {
  std::uint64_t width = 0;
  std::uint64_t height = 0;
  int bits = 8;  ///< of a sample, 16 for some PNG files
};

/// Throws FileError, with the byte offset where there is one, for a file that is no PNG, JPEG or
/// BMP, naming what it is; a form of these that is not read, naming it: BMP with run-length coding
/// or an embedded JPEG or PNG, JPEG of 12 bits, lossless, hierarchical, with arithmetic coding or
/// in CMYK without Adobe's marker, Apple's own form of PNG; a PNG file with a chunk that is cut
/// short or whose checksum is wrong, or without an IEND chunk; a JPEG file without an end-of-image
/// marker after its first scan; and a BMP file that is shorter than its header says.
ImageHeader check_image_integrity(const std::string& path, std::span<const std::uint8_t> bytes);

}  // namespace credence::data
