// Philox4x32-10 on vector registers: one counter per lane.
#pragma once

#include "framework/core/random.hpp"
#include "framework/cpu/vector_math.hpp"

namespace credence::cpu {
namespace CREDENCE_ISA {

/// The high and low words of the products of the lanes with a constant.
inline void multiply_wide(NativeUint x, std::uint32_t factor, NativeUint& high, NativeUint& low) {
#if defined(__AVX512F__)
  const __m512i a = reinterpret_cast<__m512i>(x);
  const __m512i f = _mm512_set1_epi32(static_cast<int>(factor));
  const __m512i even = _mm512_mul_epu32(a, f);
  const __m512i odd = _mm512_mul_epu32(_mm512_srli_epi64(a, 32), f);
  high = reinterpret_cast<NativeUint>(
      _mm512_mask_blend_epi32(0xAAAA, _mm512_srli_epi64(even, 32), odd));
  low = reinterpret_cast<NativeUint>(
      _mm512_mask_blend_epi32(0xAAAA, even, _mm512_slli_epi64(odd, 32)));
#elif defined(__AVX2__)
  const __m256i a = reinterpret_cast<__m256i>(x);
  const __m256i f = _mm256_set1_epi32(static_cast<int>(factor));
  const __m256i even = _mm256_mul_epu32(a, f);
  const __m256i odd = _mm256_mul_epu32(_mm256_srli_epi64(a, 32), f);
  high = reinterpret_cast<NativeUint>(_mm256_blend_epi32(_mm256_srli_epi64(even, 32), odd, 0xAA));
  low = reinterpret_cast<NativeUint>(_mm256_blend_epi32(even, _mm256_slli_epi64(odd, 32), 0xAA));
#else
  for (int i = 0; i < kLanes; ++i) {
    high[i] = static_cast<std::uint32_t>((std::uint64_t{x[i]} * factor) >> 32);
  }
  low = x * factor;
#endif
}

/// The Philox blocks of the counters first, first + 1, …, one per lane, Vectors vectors of them:
/// several at a time, as one alone would wait for its own multiplications. `first` is a multiple of
/// their number, so that the low words do not overflow.
template <int Vectors>
void philox_lanes(const RandomStream& stream, std::uint64_t first,
                  NativeUint (&words)[Vectors][4]) {
#pragma GCC unroll 4
  for (int v = 0; v < Vectors; ++v) {
    words[v][0] = reinterpret_cast<NativeUint>(lane_numbers()) +
                  (static_cast<std::uint32_t>(first) + static_cast<std::uint32_t>(v * kLanes));
    words[v][1] = static_cast<std::uint32_t>(first >> 32) - NativeUint{};
    words[v][2] = static_cast<std::uint32_t>(stream.draw) - NativeUint{};
    words[v][3] = static_cast<std::uint32_t>(stream.draw >> 32) - NativeUint{};
  }
  auto key0 = static_cast<std::uint32_t>(stream.key);
  auto key1 = static_cast<std::uint32_t>(stream.key >> 32);
  for (int round = 0; round < 10; ++round) {
#pragma GCC unroll 4
    for (int v = 0; v < Vectors; ++v) {
      NativeUint left_high;
      NativeUint left_low;
      NativeUint right_high;
      NativeUint right_low;
      multiply_wide(words[v][0], 0xD2511F53U, left_high, left_low);
      multiply_wide(words[v][2], 0xCD9E8D57U, right_high, right_low);
      words[v][0] = right_high ^ words[v][1] ^ key0;
      words[v][1] = right_low;
      words[v][2] = left_high ^ words[v][3] ^ key1;
      words[v][3] = left_low;
    }
    key0 += 0x9E3779B9U;
    key1 += 0xBB67AE85U;
  }
}

/// Groups of 64 elements that normal_groups makes at a time.
inline constexpr std::int64_t kNormalGroups = 2;
inline constexpr std::int64_t kNormalNumel = kNormalGroups * RandomStream::kGroup;

/// The normal numbers of two groups: elements kNormalNumel · pair … of the stream.
inline void normal_groups(const RandomStream& stream, std::int64_t pair, float* destination) {
  constexpr int kVectors = kLanes == 16 ? 2 : 16 / kLanes;
  constexpr int kCounters = static_cast<int>(16 * kNormalGroups);
  for (int first = 0; first < kCounters; first += kVectors * kLanes) {
    NativeUint words[kVectors][4];
    philox_lanes<kVectors>(stream, static_cast<std::uint64_t>(pair * kCounters + first), words);
#pragma GCC unroll 4
    for (int v = 0; v < kVectors; ++v) {
      Vec normals[4];
      normal_pair(words[v][0], words[v][1], normals[0], normals[1]);
      normal_pair(words[v][2], words[v][3], normals[2], normals[3]);
      const int counter = first + v * kLanes;
      float* const group = destination + counter / 16 * 64 + counter % 16;
      for (int word = 0; word < 4; ++word) store(group + word * 16, normals[word]);
    }
  }
}

}  // namespace CREDENCE_ISA
}  // namespace credence::cpu
