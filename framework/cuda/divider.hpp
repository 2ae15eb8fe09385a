// Division by numbers that a launch knows, such as the extents of a shape: a device divides 64-bit
// numbers in some hundred instructions, and 32-bit ones in some twenty.
#pragma once

#include "framework/cuda/runtime/launch.hpp"

namespace credence::cuda {

/// Divides numbers n ≥ 0 by one divisor d > 0. Where both are below 2³², n / d is ⌊(⌊m n / 2³²⌋ +
/// n) / 2ˢ⌋ with s = ⌈log₂ d⌉ and m = ⌊2³² (2ˢ − d) / d⌋ + 1, a multiplication and a shift
/// (Granlund and Montgomery 1994, Division by Invariant Integers using Multiplication, figure 4.1).
/// Elsewhere it is the division of 64-bit numbers.
class Divider {
 public:
  constexpr explicit Divider(std::int64_t divisor = 1) : divisor_(divisor) {
    if (divisor <= 0 || divisor >= kLimit) return;
    while ((std::int64_t{1} << shift_) < divisor) ++shift_;
    const auto d = static_cast<std::uint64_t>(divisor);
    const std::uint64_t above = (std::uint64_t{1} << shift_) - d;
    multiplier_ = static_cast<std::uint32_t>((above << 32) / d + 1);
    fast_ = true;
  }

  constexpr std::int64_t divisor() const { return divisor_; }
  /// n / d
  constexpr std::int64_t quotient(std::int64_t n) const {
    if (!fast_ || n >= kLimit) return n / divisor_;
    const std::uint64_t number = static_cast<std::uint32_t>(n);
    return static_cast<std::int64_t>((((number * multiplier_) >> 32) + number) >> shift_);
  }
  /// n mod d, of n and its quotient.
  constexpr std::int64_t remainder(std::int64_t n, std::int64_t quotient) const {
    return n - quotient * divisor_;
  }

 private:
  static constexpr std::int64_t kLimit = std::int64_t{1} << 32;

  std::int64_t divisor_;
  std::uint32_t multiplier_ = 0;
  std::uint32_t shift_ = 0;
  bool fast_ = false;
};

/// The channel of each element of an array [N, channels, volume].
struct ChannelIndex {
  Divider volume;
  Divider channels;

  ChannelIndex(std::int64_t of_channels, std::int64_t of_volume)
      : volume(of_volume), channels(of_channels) {}

  /// The plane, counted over all images, in which element `at` lies.
  constexpr std::int64_t plane(std::int64_t at) const { return volume.quotient(at); }
  constexpr std::int64_t channel_of_plane(std::int64_t plane) const {
    return channels.remainder(plane, channels.quotient(plane));
  }
  constexpr std::int64_t channel(std::int64_t at) const { return channel_of_plane(plane(at)); }
};

}  // namespace credence::cuda
