// SHA-256, for the check of CIFAR-10's contents without libnettle.
#pragma once

#include <array>
#include <cstdint>
#include <span>
#include <string>

namespace credence::data {

/// The SHA-256 digest (FIPS 180-4) of bytes that are passed in pieces.
class Sha256 {
 public:
  void update(std::span<const std::uint8_t> bytes);
  /// The digest of all bytes so far, in lower case hexadecimal.
  std::string digest() const;

 private:
  static constexpr std::size_t kBlock = 64;

  void compress(const std::uint8_t* block);

  std::array<std::uint32_t, 8> state_{0x6a09e667U, 0xbb67ae85U, 0x3c6ef372U, 0xa54ff53aU,
                                      0x510e527fU, 0x9b05688cU, 0x1f83d9abU, 0x5be0cd19U};
  std::array<std::uint8_t, kBlock> pending_{};  // bytes that do not fill a block yet
  std::uint64_t bytes_ = 0;
};

}  // namespace credence::data
