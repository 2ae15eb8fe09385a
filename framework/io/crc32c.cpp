// CRC-32C by tables, eight bytes at a time: M. E. Kounavis and F. L. Berry, "A systematic approach
// to building high performance software-based CRC generators", ISCC 2005.
#include "framework/io/crc32c.hpp"

#include <array>
#include <bit>
#include <cstddef>
#include <cstring>

namespace credence::io {
namespace {

constexpr std::uint32_t kPolynomial = 0x82F63B78;  // 0x1EDC6F41 with its bits reversed
constexpr std::size_t kStride = 8;

using Table = std::array<std::uint32_t, 256>;

// Table k has the checks of each byte with k bytes of 0 behind it.
constexpr std::array<Table, kStride> crc_tables() {
  std::array<Table, kStride> tables{};
  for (std::uint32_t byte = 0; byte < 256; ++byte) {
    std::uint32_t crc = byte;
    for (int bit = 0; bit < 8; ++bit) crc = (crc >> 1) ^ ((crc & 1) != 0 ? kPolynomial : 0);
    tables[0][byte] = crc;
  }
  for (std::size_t k = 1; k < kStride; ++k) {
    for (std::size_t byte = 0; byte < 256; ++byte) {
      const std::uint32_t crc = tables[k - 1][byte];
      tables[k][byte] = (crc >> 8) ^ tables[0][crc & 0xff];
    }
  }
  return tables;
}

constexpr std::array<Table, kStride> kTables = crc_tables();

}  // namespace

std::uint32_t crc32c(std::string_view bytes, std::uint32_t before) {
  std::uint32_t crc = ~before;
  if constexpr (std::endian::native == std::endian::little) {
    while (bytes.size() >= kStride) {
      std::uint64_t word = 0;
      std::memcpy(&word, bytes.data(), kStride);
      word ^= crc;
      crc = 0;
      for (std::size_t k = kStride; k-- > 0; word >>= 8) crc ^= kTables[k][word & 0xff];
      bytes.remove_prefix(kStride);
    }
  }
  for (const char c : bytes) {
    crc = (crc >> 8) ^ kTables[0][(crc ^ static_cast<unsigned char>(c)) & 0xff];
  }
  return ~crc;
}

}  // namespace credence::io
