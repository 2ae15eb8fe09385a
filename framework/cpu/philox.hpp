// Philox4x32-10 on vector registers: one counter per lane.
#pragma once

#include "framework/core/random.hpp"
#include "framework/cpu/vector_math.hpp"

namespace credence::cpu {
namespace CREDENCE_ISA {

/// Lanes of 64 bits. Their upper halves may hold anything: only the lower ones count.
typedef std::uint64_t NativeWide __attribute__((vector_size(kVectorBytes)));

/// The products of the lanes' lower halves with a constant.
inline NativeWide multiply(NativeWide x, std::uint32_t factor) {
#if defined(__AVX512F__)
  return reinterpret_cast<NativeWide>(
      _mm512_mul_epu32(reinterpret_cast<__m512i>(x), _mm512_set1_epi64(factor)));
#elif defined(__AVX2__)
  return reinterpret_cast<NativeWide>(
      _mm256_mul_epu32(reinterpret_cast<__m256i>(x), _mm256_set1_epi64x(factor)));
#elif defined(__x86_64__)
  return reinterpret_cast<NativeWide>(
      _mm_mul_epu32(reinterpret_cast<__m128i>(x), _mm_set1_epi64x(factor)));
#else
  return (x & 0xFFFFFFFFU) * std::uint64_t{factor};
#endif
}

/// a ^ b ^ c
inline NativeWide exclusive_or(NativeWide a, NativeWide b, NativeWide c) {
#if defined(__AVX512F__)
  return reinterpret_cast<NativeWide>(
      _mm512_ternarylogic_epi64(reinterpret_cast<__m512i>(a), reinterpret_cast<__m512i>(b),
                                reinterpret_cast<__m512i>(c), 0x96));
#else
  return a ^ b ^ c;
#endif
}

/// The lower halves of `even`'s lanes in the lower halves, those of `odd`'s in the upper.
inline NativeUint join(NativeWide even, NativeWide odd) {
#if defined(__AVX512F__)
  return reinterpret_cast<NativeUint>(_mm512_mask_moveldup_ps(
      reinterpret_cast<__m512>(even), 0xAAAA, reinterpret_cast<__m512>(odd)));
#elif defined(__AVX2__)
  return reinterpret_cast<NativeUint>(_mm256_blend_epi32(
      reinterpret_cast<__m256i>(even), reinterpret_cast<__m256i>(odd << 32), 0xAA));
#else
  return reinterpret_cast<NativeUint>((even & 0xFFFFFFFFU) | (odd << 32));
#endif
}

/// Vectors of counters that are worked on at a time: one alone waits for its own multiplications.
inline constexpr int kPhiloxVectors = kVectorBytes >= 32 ? 2 : 1;
inline constexpr int kPhiloxCounters = kPhiloxVectors * kLanes;

/// Groups of 64 elements that VectorStream::normals makes at a time.
inline constexpr std::int64_t kNormalGroups = 2;
inline constexpr std::int64_t kNormalNumel = kNormalGroups * RandomStream::kGroup;

/// A stream whose keys, of all rounds, lie in memory as vectors: the rounds read them as operands,
/// where the compiler would make each of them anew for every few counters.
class VectorStream {
 public:
  explicit VectorStream(const RandomStream& stream)
      : draw_{stream.draw - NativeWide{}, (stream.draw >> 32) - NativeWide{}} {
    NativeWide key0 = stream.key - NativeWide{};
    NativeWide key1 = (stream.key >> 32) - NativeWide{};
    for (auto& keys : keys_) {
      keys[0] = key0;
      keys[1] = key1;
      key0 += 0x9E3779B9U;
      key1 += 0xBB67AE85U;
    }
  }

  /// The Philox blocks of the counters first, first + 1, …, one per lane. `first` is a multiple of
  /// their number, so that the low words do not overflow. Even and odd counters are kept apart in
  /// lanes of 64 bits until the end: a product then is one multiplication, its high word one shift
  /// away.
  void blocks(std::uint64_t first, NativeUint (&words)[kPhiloxVectors][4]) const {
    constexpr int kHalves = 2 * kPhiloxVectors;
    NativeWide state[kHalves][4];
    // Even numbers in the lower halves, odd ones in the upper.
    const auto numbers = reinterpret_cast<NativeWide>(lane_numbers());
#pragma GCC unroll 4
    for (int h = 0; h < kHalves; ++h) {
      state[h][0] = (h % 2 == 0 ? numbers : numbers >> 32) +
                    (first + static_cast<std::uint64_t>(h / 2 * kLanes));
      state[h][1] = (first >> 32) - NativeWide{};
      state[h][2] = draw_[0];
      state[h][3] = draw_[1];
    }
#pragma GCC unroll 10
    for (const auto& keys : keys_) {
#pragma GCC unroll 4
      for (int h = 0; h < kHalves; ++h) {
        const NativeWide left = multiply(state[h][0], 0xD2511F53U);
        const NativeWide right = multiply(state[h][2], 0xCD9E8D57U);
        state[h][0] = exclusive_or(right >> 32, state[h][1], keys[0]);
        state[h][1] = right;
        state[h][2] = exclusive_or(left >> 32, state[h][3], keys[1]);
        state[h][3] = left;
      }
    }
#pragma GCC unroll 2
    for (int v = 0; v < kPhiloxVectors; ++v) {
      for (int word = 0; word < 4; ++word) {
        words[v][word] = join(state[2 * v][word], state[2 * v + 1][word]);
      }
    }
  }

  /// Elements kNormalNumel · pair … of the stream's normal numbers, two groups of them.
  void normals(std::int64_t pair, float* destination) const {
    constexpr int kCounters = static_cast<int>(16 * kNormalGroups);
    for (int first = 0; first < kCounters; first += kPhiloxCounters) {
      NativeUint words[kPhiloxVectors][4];
      blocks(static_cast<std::uint64_t>(pair * kCounters + first), words);
#pragma GCC unroll 2
      for (int v = 0; v < kPhiloxVectors; ++v) {
        Vec normals[4];
        normal_pair(words[v][0], words[v][1], normals[0], normals[1]);
        normal_pair(words[v][2], words[v][3], normals[2], normals[3]);
        const int counter = first + v * kLanes;
        float* const group = destination + counter / 16 * 64 + counter % 16;
        for (int word = 0; word < 4; ++word) store(group + word * 16, normals[word]);
      }
    }
  }

 private:
  NativeWide keys_[10][2];
  NativeWide draw_[2];
};

/// The form of a stream that numbers of type T are drawn from.
template <class T>
using StreamFor = std::conditional_t<std::is_same_v<T, float>, VectorStream, RandomStream>;

}  // namespace CREDENCE_ISA
}  // namespace credence::cpu
