// Dropout: y = x · m / (1 − p), where m is 0 with probability p and else 1, drawn from a Philox
// stream (Srivastava et al., Dropout, JMLR 15, 2014, in the inverted form that scales while it
// trains).
#include "framework/cpu/families.hpp"
#include "framework/cpu/simd/loops.hpp"
#include "framework/cpu/simd/philox.hpp"

#include <cmath>

namespace credence::cpu {
namespace CREDENCE_ISA {
namespace {

// Elements that are drawn at a time, which are two groups of the stream.
constexpr std::int64_t kChunk = 2 * RandomStream::kGroup;
constexpr std::int64_t kChunksPerRange = 128;

// Stores the factor of each element of a chunk: 0 where the uniform number of the element is below
// the probability, which means that its 24 random bits are below `threshold`; else `scale`.
void factors(const VectorStream& stream, std::int64_t chunk, std::int32_t threshold, float scale,
             float* factor) {
  constexpr int kCounters = static_cast<int>(kChunk) / 4;
  const auto rounds = stream.first_rounds(static_cast<std::uint64_t>(chunk * kCounters) >> 32);
  for (int first = 0; first < kCounters; first += kPhiloxCounters) {
    NativeUint words[kPhiloxVectors][4];
    stream.blocks(rounds, static_cast<std::uint64_t>(chunk * kCounters + first), words);
#pragma GCC unroll 2
    for (int v = 0; v < kPhiloxVectors; ++v) {
      for (int word = 0; word < 4; ++word) {
        const auto bits = reinterpret_cast<NativeInt>(words[v][word] >> 8);
        store(factor + RandomStream::element_of(first + v * kLanes, word),
              where(Mask{bits < threshold}, Vec(0), Vec(scale)));
      }
    }
  }
}

void factors(const RandomStream& stream, std::int64_t chunk, std::int32_t threshold, double scale,
             double* factor) {
  for (std::int64_t i = 0; i < kChunk; ++i) {
    const std::uint32_t bits = stream.bits(chunk * kChunk + i) >> 8;
    factor[i] = bits < static_cast<std::uint32_t>(threshold) ? 0 : scale;
  }
}

template <class T>
void dropout(RandomStream stream, double probability, std::int64_t n, const T* x, T* y) {
  const auto threshold = static_cast<std::int32_t>(std::ceil(probability * 0x1p24));
  const auto scale = static_cast<T>(1 / (1 - probability));
  for_each_chunk<T>(stream, n, kChunk, kChunksPerRange,
                    [=](const auto& source, const ChunkPart& part) {
                      alignas(kVectorBytes) T factor[kChunk];
                      factors(source, part.chunk, threshold, scale, factor);
                      map_serial(
                          part.count, y + part.first, [](auto value, auto f) { return value * f; },
                          x + part.first, static_cast<const T*>(factor + part.skipped));
                    });
}

}  // namespace

void list_dropout(Kernels<Element>& table) { table.dropout = &dropout<Element>; }

}  // namespace CREDENCE_ISA
}  // namespace credence::cpu
