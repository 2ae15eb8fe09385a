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
#elif defined(__AVX2__)
  const __m256i a = reinterpret_cast<__m256i>(x);
  const __m256i f = _mm256_set1_epi32(static_cast<int>(factor));
  const __m256i even = _mm256_mul_epu32(a, f);
  const __m256i odd = _mm256_mul_epu32(_mm256_srli_epi64(a, 32), f);
  high = reinterpret_cast<NativeUint>(_mm256_blend_epi32(_mm256_srli_epi64(even, 32), odd, 0xAA));
#else
  for (int i = 0; i < kLanes; ++i) {
    high[i] = static_cast<std::uint32_t>((std::uint64_t{x[i]} * factor) >> 32);
  }
#endif
  low = x * factor;
}

/// The Philox blocks of the counters first, first + 1, …, one per lane.
inline void philox_lanes(const RandomStream& stream, std::uint64_t first, NativeUint words[4]) {
  std::uint32_t low[kLanes];
  std::uint32_t high[kLanes];
  for (int i = 0; i < kLanes; ++i) {
    const std::uint64_t counter = first + static_cast<std::uint64_t>(i);
    low[i] = static_cast<std::uint32_t>(counter);
    high[i] = static_cast<std::uint32_t>(counter >> 32);
  }
  std::memcpy(&words[0], low, sizeof(low));
  std::memcpy(&words[1], high, sizeof(high));
  words[2] = static_cast<std::uint32_t>(stream.draw) - NativeUint{};
  words[3] = static_cast<std::uint32_t>(stream.draw >> 32) - NativeUint{};
  auto key0 = static_cast<std::uint32_t>(stream.key);
  auto key1 = static_cast<std::uint32_t>(stream.key >> 32);
  for (int round = 0; round < 10; ++round) {
    NativeUint left_high;
    NativeUint left_low;
    NativeUint right_high;
    NativeUint right_low;
    multiply_wide(words[0], 0xD2511F53U, left_high, left_low);
    multiply_wide(words[2], 0xCD9E8D57U, right_high, right_low);
    words[0] = right_high ^ words[1] ^ key0;
    words[1] = right_low;
    words[2] = left_high ^ words[3] ^ key1;
    words[3] = left_low;
    key0 += 0x9E3779B9U;
    key1 += 0xBB67AE85U;
  }
}

/// The 64 normal numbers of a group: elements 64 · group … 64 · group + 63 of the stream.
inline void normal_group(const RandomStream& stream, std::int64_t group, float* destination) {
  for (int offset = 0; offset < 16; offset += kLanes) {
    NativeUint words[4];
    philox_lanes(stream, static_cast<std::uint64_t>(group * 16 + offset), words);
    Vec normals[4];
    normal_pair(words[0], words[1], normals[0], normals[1]);
    normal_pair(words[2], words[3], normals[2], normals[3]);
    for (int word = 0; word < 4; ++word) store(destination + word * 16 + offset, normals[word]);
  }
}

}  // namespace CREDENCE_ISA
}  // namespace credence::cpu
