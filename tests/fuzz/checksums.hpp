// Checksums that are made right again, so that changed bytes reach what is behind the checks.
#pragma once

#include <string>
#include <string_view>

namespace credence::fuzz {

/// A tar archive with the checksum of each block that looks like a header.
std::string with_tar_checksums(std::string_view bytes);

/// A PNG file with the checksum of each chunk; other bytes as they are.
std::string with_png_checksums(std::string_view bytes);

}  // namespace credence::fuzz
