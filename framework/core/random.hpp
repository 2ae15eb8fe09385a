// Counter-based random numbers: Philox4x32-10 (Salmon et al., "Parallel random numbers: as easy as
// 1, 2, 3", SC 2011). A number is a pure function of key, draw number and element. Hence any
// thread, device or backward pass can compute the same number again, and none is stored.
#pragma once

#include <array>
#include <cstdint>
#include <string_view>

namespace credence {

/// The multipliers of Philox's rounds for words 0 and 2.
inline constexpr std::uint32_t kPhiloxFactor0 = 0xD2511F53U;
inline constexpr std::uint32_t kPhiloxFactor1 = 0xCD9E8D57U;

/// The ten-round Philox block function, from a 128-bit counter and a 64-bit key to 128 random bits.
constexpr std::array<std::uint32_t, 4> philox4x32(std::array<std::uint32_t, 4> counter,
                                                  std::array<std::uint32_t, 2> key) {
  for (int round = 0; round < 10; ++round) {
    const std::uint64_t left = std::uint64_t{kPhiloxFactor0} * counter[0];
    const std::uint64_t right = std::uint64_t{kPhiloxFactor1} * counter[2];
    counter = {static_cast<std::uint32_t>(right >> 32) ^ counter[1] ^ key[0],
               static_cast<std::uint32_t>(right),
               static_cast<std::uint32_t>(left >> 32) ^ counter[3] ^ key[1],
               static_cast<std::uint32_t>(left)};
    key[0] += 0x9E3779B9U;
    key[1] += 0xBB67AE85U;
  }
  return counter;
}

/// One reproducible, unbounded sequence of random 32-bit words. Element i is word (i % 64) / 16 of
/// the Philox block whose counter is (i / 64 · 16 + i % 16, draw). Sixteen neighbouring elements
/// thus come from sixteen neighbouring counters, which suits vector registers and GPU threads
/// alike.
/// A stream may begin inside its draw: element i is then element offset + i of the draw. A process
/// that holds some rows of a batch draws the numbers of these rows so (see BatchScope).
struct RandomStream {
  std::uint64_t key = 0;
  std::uint64_t draw = 0;
  std::int64_t offset = 0;

  /// The number of elements of sixteen neighbouring Philox blocks.
  static constexpr std::int64_t kGroup = 64;

  /// The element to which word `word` of the block of `counter` belongs.
  static constexpr std::int64_t element_of(std::int64_t counter, int word) {
    return counter / 16 * kGroup + word * 16 + counter % 16;
  }

  /// 32 random bits for an element.
  constexpr std::uint32_t bits(std::int64_t element) const {
    const auto index = static_cast<std::uint64_t>(offset + element);
    return block(index / 64 * 16 + index % 16)[index % 64 / 16];
  }

  /// The four words of a Philox block of the draw, whatever the offset.
  constexpr std::array<std::uint32_t, 4> block(std::uint64_t counter) const {
    return philox4x32(
        {static_cast<std::uint32_t>(counter), static_cast<std::uint32_t>(counter >> 32),
         static_cast<std::uint32_t>(draw), static_cast<std::uint32_t>(draw >> 32)},
        {static_cast<std::uint32_t>(key), static_cast<std::uint32_t>(key >> 32)});
  }

  /// Uniform in [0, 1) with 24 random bits.
  constexpr double uniform(std::int64_t element) const { return (bits(element) >> 8) * 0x1p-24; }

  /// Uniform integer in [0, bound) for bound in 1…2³²: the upper 32 bits of bits · bound (Lemire,
  /// arXiv 1805.10941, without the rejection step). Each value's probability is off by at most
  /// 2⁻³².
  constexpr std::uint64_t below(std::int64_t element, std::uint64_t bound) const {
    return (bits(element) * bound) >> 32;
  }

  /// Standard normal by Box and Muller's transform, √(−2 ln u₁) · cos 2πu₂ or sin 2πu₂, from two
  /// words of one block, in double precision. Vector kernels compute the same number up to float32
  /// rounding.
  double normal(std::int64_t element) const;
};

/// A source of random streams. It is passed to whatever needs randomness; there is no global
/// generator. The key depends on the seed and on the names and numbers given to `split`; `next`
/// numbers the draws from that key.
class Generator {
 public:
  /// A generator whose key is the seed.
  explicit Generator(std::uint64_t seed = 0) : key_(seed) {}

  /// An independent generator. The same seed and the same path of names and numbers give the same
  /// one.
  Generator split(std::string_view name) const;
  Generator split(std::uint64_t number) const;

  /// The stream of the next draw.
  RandomStream next() { return {key_, draws_++}; }
  /// The number of the next draw. Key and draw number are the generator's whole state.
  std::uint64_t draws() const { return draws_; }
  /// Sets the number of the next draw.
  void seek(std::uint64_t draw) { draws_ = draw; }
  std::uint64_t key() const { return key_; }

 private:
  std::uint64_t key_;
  std::uint64_t draws_ = 0;
};

}  // namespace credence
