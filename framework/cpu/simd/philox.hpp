// The random number generator Philox4x32-10 on vector registers, with a counter in each lane
// (Salmon, Moraes, Dror and Shaw, Parallel random numbers: as easy as 1, 2, 3, SC 2011). It gives
// the same words as the scalar form in framework/core/random.hpp.
#pragma once

#include "framework/core/parallel.hpp"
#include "framework/core/random.hpp"
#include "framework/cpu/simd/vector_math.hpp"

#include <algorithm>

namespace credence::cpu {
namespace CREDENCE_ISA {

/// Lanes of 64 bits of which only the lower halves count. The upper halves may hold anything.
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
  return a ^ (b ^ c);
#endif
}

/// Lanes with the lower half of `even` as lower half and the lower half of `odd` as upper half.
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

/// Vectors of counters that are worked on at a time. One alone would wait for its own
/// multiplications.
inline constexpr int kPhiloxVectors = kVectorBytes >= 32 ? 2 : 1;
inline constexpr int kPhiloxCounters = kPhiloxVectors * kLanes;

/// A stream without its offset that holds the keys of all rounds as vectors in memory. The rounds
/// read them as operands. Without that the compiler would compute each key again for every few
/// counters.
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

  /// The part of the first three rounds that is the same for all counters with these upper 32 bits.
  /// It exists because the other words of a counter are those of the stream.
  struct FirstRounds {
    NativeWide of_second;    ///< into word 2 of the first round
    NativeWide of_third[2];  ///< into words 0 and 2 of the second round
    NativeWide of_fourth;    ///< into word 2 of the third round
  };
  FirstRounds first_rounds(std::uint64_t upper) const {
    const NativeWide right = multiply(draw_[0], kPhiloxFactor1);
    const NativeWide left =
        multiply(exclusive_or(right >> 32, upper - NativeWide{}, keys_[0][0]), kPhiloxFactor0);
    return {draw_[1] ^ keys_[0][1],
            {right ^ keys_[1][0], (left >> 32) ^ keys_[1][1]},
            left ^ keys_[2][1]};
  }

  /// The Philox blocks of counters first, first + 1, …, one in each lane. `first` is a multiple of
  /// their number, so that the low words do not overflow. Until the end even and odd counters stand
  /// in different vectors of 64-bit lanes. A product is then one multiplication, and a shift gives
  /// its high word.
  void blocks(const FirstRounds& rounds, std::uint64_t first,
              NativeUint (&words)[kPhiloxVectors][4]) const {
    constexpr int kHalves = 2 * kPhiloxVectors;
    NativeWide state[kHalves][4];
    // Even numbers in the lower halves, odd ones in the upper.
    const auto numbers = reinterpret_cast<NativeWide>(lane_numbers());
#pragma GCC unroll 4
    for (int h = 0; h < kHalves; ++h) {
      const NativeWide counter = (h % 2 == 0 ? numbers : numbers >> 32) +
                                 (first + static_cast<std::uint64_t>(h / 2 * kLanes));
      const NativeWide first_left = multiply(counter, kPhiloxFactor0);
      const NativeWide second_right =
          multiply((first_left >> 32) ^ rounds.of_second, kPhiloxFactor1);
      const NativeWide third_left =
          multiply((second_right >> 32) ^ rounds.of_third[0], kPhiloxFactor0);
      const NativeWide third_right = multiply(first_left ^ rounds.of_third[1], kPhiloxFactor1);
      state[h][0] = exclusive_or(third_right >> 32, second_right, keys_[2][0]);
      state[h][1] = third_right;
      state[h][2] = (third_left >> 32) ^ rounds.of_fourth;
      state[h][3] = third_left;
    }
#pragma GCC unroll 10
    for (int round = 3; round < 10; ++round) {
#pragma GCC unroll 4
      for (int h = 0; h < kHalves; ++h) {
        const NativeWide left = multiply(state[h][0], kPhiloxFactor0);
        const NativeWide right = multiply(state[h][2], kPhiloxFactor1);
        state[h][0] = exclusive_or(right >> 32, state[h][1], keys_[round][0]);
        state[h][1] = right;
        state[h][2] = exclusive_or(left >> 32, state[h][3], keys_[round][1]);
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

  /// Stores elements first, …, first + n − 1 of the stream's normal numbers. Both first and n are
  /// multiples of the size of two groups. One loop writes the random words and a second one
  /// transforms them in place: in a single loop the instructions would be too many for the
  /// processor to find those that can start.
  void normals(std::int64_t first, std::int64_t n, float* destination) const {
    const FirstRounds rounds = first_rounds(static_cast<std::uint64_t>(first / 4) >> 32);
    for (std::int64_t counter = 0; counter < n / 4; counter += kPhiloxCounters) {
      NativeUint words[kPhiloxVectors][4];
      blocks(rounds, static_cast<std::uint64_t>(first / 4 + counter), words);
#pragma GCC unroll 2
      for (int v = 0; v < kPhiloxVectors; ++v) {
        for (int word = 0; word < 4; ++word) {
          store(destination + RandomStream::element_of(counter + v * kLanes, word),
                from_bits(reinterpret_cast<NativeInt>(words[v][word])));
        }
      }
    }
    for (std::int64_t counter = 0; counter < n / 4; counter += kLanes) {
      const auto place = [=](int word) {
        return destination + RandomStream::element_of(counter, word);
      };
      Vec normals[4];
#pragma GCC unroll 2
      for (int pair = 0; pair < 4; pair += 2) {
        normal_pair(word_at(place(pair)), word_at(place(pair + 1)), normals[pair],
                    normals[pair + 1]);
      }
      for (int word = 0; word < 4; ++word) store(place(word), normals[word]);
    }
  }

 private:
  static NativeUint word_at(const float* source) {
    return reinterpret_cast<NativeUint>(bits_of(load(source)));
  }

  NativeWide keys_[10][2];
  NativeWide draw_[2];
};

/// The stream from which numbers of type T are drawn.
template <class T>
using StreamFor = std::conditional_t<std::is_same_v<T, float>, VectorStream, RandomStream>;

/// The elements of a stream that lie in one chunk of its draw. Chunks have one size and begin at
/// multiples of it in the draw.
struct ChunkPart {
  std::int64_t chunk;    ///< its number in the draw
  std::int64_t skipped;  ///< elements at its beginning that are not the stream's
  std::int64_t first;    ///< the first element that is, in the stream
  std::int64_t count;    ///< the number of these
};

/// Calls body(source, part) for the parts of a stream of n elements, on several threads. `source`
/// is the draw as StreamFor<T>, without the stream's offset.
template <class T, class Body>
void for_each_chunk(const RandomStream& stream, std::int64_t n, std::int64_t chunk_size,
                    std::int64_t chunks_per_range, Body body) {
  if (n <= 0) return;
  const std::int64_t last = stream.offset + n;
  const std::int64_t first_chunk = stream.offset / chunk_size;
  parallel_for(
      (last + chunk_size - 1) / chunk_size - first_chunk, chunks_per_range,
      [&](std::int64_t begin, std::int64_t end) {
        const StreamFor<T> source(RandomStream{stream.key, stream.draw});
        for (std::int64_t i = begin; i < end; ++i) {
          const std::int64_t chunk = first_chunk + i;
          const std::int64_t chunk_begin = chunk * chunk_size;
          const std::int64_t from = std::max(chunk_begin, stream.offset);
          const std::int64_t to = std::min(chunk_begin + chunk_size, last);
          body(source, ChunkPart{chunk, from - chunk_begin, from - stream.offset, to - from});
        }
      });
}

}  // namespace CREDENCE_ISA
}  // namespace credence::cpu
