// What stb_image lets pass: it ignores checksums, reads a file that has been cut short as if zeros
// followed, and up to version 2.27 writes past the end of a Huffman table that is too large.
#pragma once

#include <cstdint>
#include <span>
#include <string>

namespace credence::data {

/// Throws FileError, with the byte offset, for a PNG file with a chunk that is cut short or whose
/// checksum is wrong, or without an IEND chunk; a JPEG file without an end-of-image marker after
/// its first scan; and a BMP file that is shorter than its header says. Files of other kinds pass.
void check_image_integrity(const std::string& path, std::span<const std::uint8_t> bytes);

}  // namespace credence::data
