// The check by which damaged bytes are found.
#pragma once

#include <cstdint>
#include <string_view>

namespace credence::io {

/// The cyclic redundancy check CRC-32C (Castagnoli's polynomial 0x1EDC6F41, reflected) of the bytes
/// (RFC 3720, appendix B.4). `before` is the check of the bytes that come before these: the check
/// of a text is that of its second part, where `before` is that of its first.
std::uint32_t crc32c(std::string_view bytes, std::uint32_t before = 0);

}  // namespace credence::io
