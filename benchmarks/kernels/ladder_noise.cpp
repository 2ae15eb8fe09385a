// Normal noise in four steps: Philox4x32-10 (Salmon, Moraes, Dror and Shaw, SC 2011), which turns
// a counter and a key into four random words, and Box and Muller's transform of two words into two
// normal numbers, √(−2 ln u) cos 2πt and √(−2 ln u) sin 2πt. The framework's own,
// framework/cpu/simd/philox.hpp, multiplies even and odd counters apart, holds the keys of all
// rounds in memory, shares what the first rounds have in common, and leaves a division out.
#include "benchmarks/kernels/families.hpp"
#include "framework/core/random.hpp"

#include <bit>
#include <cmath>
#include <cstdint>
#include <cstring>

namespace credence::benchmarks {
namespace CREDENCE_ISA {
namespace {

// A block of four words for each element, of which the transform takes two and returns one number:
// seven eighths of the work are thrown away.
void naive(RandomStream stream, std::int64_t n, float* y) {
  for (std::int64_t i = 0; i < n; ++i) y[i] = static_cast<float>(stream.normal(i));
}

struct Pair {
  float first;
  float second;
};

float uniform_of(std::uint32_t word) { return (static_cast<float>(word >> 9) + 0.5F) * 0x1p-23F; }

// Box and Muller's transform by the functions of the C library.
Pair transform(std::uint32_t radius_word, std::uint32_t turn_word) {
  constexpr float kCircle = 6.28318531F * 0x1p-24F;
  const float radius = std::sqrt(-2 * std::log(uniform_of(radius_word)));
  const float angle = static_cast<float>(turn_word >> 8) * kCircle;
  return {radius * std::cos(angle), radius * std::sin(angle)};
}

// A block gives four elements of its group of 64. What is left is one chain of instructions: each
// round's multiplications wait for those of the round before.
void blocks(RandomStream stream, std::int64_t n, float* y) {
  for (std::int64_t counter = 0; counter < n / 4; ++counter) {
    const auto words = stream.block(static_cast<std::uint64_t>(counter));
    for (int word = 0; word < 4; word += 2) {
      const auto at = static_cast<std::size_t>(word);
      const Pair pair = transform(words[at], words[at + 1]);
      y[RandomStream::element_of(counter, word)] = pair.first;
      y[RandomStream::element_of(counter, word + 1)] = pair.second;
    }
  }
}

constexpr int kAbreast = 16;
using Words = std::uint32_t[4][kAbreast];

// The blocks of 16 counters abreast, a lane for each: a vector's instructions serve all of them,
// and 16 chains run side by side.
void philox_abreast(const RandomStream& stream, std::uint64_t first, Words& state) {
  auto key0 = static_cast<std::uint32_t>(stream.key);
  auto key1 = static_cast<std::uint32_t>(stream.key >> 32);
  for (int l = 0; l < kAbreast; ++l) {
    const std::uint64_t counter = first + static_cast<std::uint64_t>(l);
    state[0][l] = static_cast<std::uint32_t>(counter);
    state[1][l] = static_cast<std::uint32_t>(counter >> 32);
    state[2][l] = static_cast<std::uint32_t>(stream.draw);
    state[3][l] = static_cast<std::uint32_t>(stream.draw >> 32);
  }
  for (int round = 0; round < 10; ++round) {
    // Unrolled, the loop would be 16 times the same instructions and no vector.
#pragma GCC unroll 1
    for (int l = 0; l < kAbreast; ++l) {
      const std::uint64_t left = std::uint64_t{kPhiloxFactor0} * state[0][l];
      const std::uint64_t right = std::uint64_t{kPhiloxFactor1} * state[2][l];
      state[0][l] = static_cast<std::uint32_t>(right >> 32) ^ state[1][l] ^ key0;
      state[1][l] = static_cast<std::uint32_t>(right);
      state[2][l] = static_cast<std::uint32_t>(left >> 32) ^ state[3][l] ^ key1;
      state[3][l] = static_cast<std::uint32_t>(left);
    }
    key0 += 0x9E3779B9U;
    key1 += 0xBB67AE85U;
  }
}

// Calls transform_lanes(radius words, turn words, first numbers, second numbers) for the words of
// 16 counters: word w of counter 16 g + l is element 64 g + 16 w + l.
template <class Transform>
void draw_abreast(const RandomStream& stream, std::int64_t n, float* y, Transform transform_lanes) {
  for (std::int64_t group = 0; group < n / RandomStream::kGroup; ++group) {
    Words words;
    philox_abreast(stream, static_cast<std::uint64_t>(group * kAbreast), words);
    float* const to = y + group * RandomStream::kGroup;
    for (int word = 0; word < 4; word += 2) {
      transform_lanes(words[word], words[word + 1], to + word * kAbreast,
                      to + (word + 1) * kAbreast);
    }
  }
}

void lanes(RandomStream stream, std::int64_t n, float* y) {
  draw_abreast(stream, n, y, [](const auto& radius, const auto& turn, float* first, float* second) {
    for (int l = 0; l < kAbreast; ++l) {
      const Pair pair = transform(radius[l], turn[l]);
      first[l] = pair.first;
      second[l] = pair.second;
    }
  });
}

// ln x for normal, positive x: x = 2^e m with m in [√½, √2), and ln m = 2 artanh s, s = (m − 1) /
// (m + 1), by five terms of the series s + s³/3 + s⁵/5 + ….
inline float logarithm(float x) {
  const auto bits = std::bit_cast<std::int32_t>(x);
  const std::int32_t exponent = (bits - 0x3F3504F3) >> 23;
  const auto m = std::bit_cast<float>(bits - exponent * (1 << 23));
  const float s = (m - 1) / (m + 1);
  const float z = s * s;
  const float p = (((1.0F / 9 * z + 1.0F / 7) * z + 1.0F / 5) * z + 1.0F / 3) * z;
  return static_cast<float>(exponent) * 0.693147181F + 2 * (s + s * p);
}

// Cosine and sine of `turn` / 2³² of a circle: the nearest quarter of it, and Taylor's series for
// what is left, an eighth of the circle at most.
inline Pair cosine_and_sine(std::uint32_t turn) {
  const std::uint32_t quarter = (turn + 0x20000000U) >> 30;
  const float r =
      static_cast<float>(static_cast<std::int32_t>(turn << 2) >> 10) * (1.57079633F * 0x1p-22F);
  const float z = r * r;
  const float s = r + r * z * (((1.0F / 362880 * z - 1.0F / 5040) * z + 1.0F / 120) * z - 1.0F / 6);
  const float c =
      1 +
      z * ((((-1.0F / 3628800 * z + 1.0F / 40320) * z - 1.0F / 720) * z + 1.0F / 24) * z - 0.5F);
  const float cosine = quarter % 2 == 0 ? c : s;
  const float sine = quarter % 2 == 0 ? s : c;
  return {quarter == 1 || quarter == 2 ? -cosine : cosine, quarter >= 2 ? -sine : sine};
}

// Functions without branches and tables, so that the compiler computes 16 lanes of the transform
// too.
void polynomials(RandomStream stream, std::int64_t n, float* y) {
  draw_abreast(stream, n, y, [](const auto& radius, const auto& turn, float* first, float* second) {
    for (int l = 0; l < kAbreast; ++l) {
      const float length = __builtin_sqrtf(-2 * logarithm(uniform_of(radius[l])));
      const Pair direction = cosine_and_sine(turn[l]);
      first[l] = length * direction.first;
      second[l] = length * direction.second;
    }
  });
}

}  // namespace

void list_noise(Ladder& ladder) {
  ladder.normal = &naive;
  ladder.normal_blocks = &blocks;
  ladder.normal_lanes = &lanes;
  ladder.normal_polynomials = &polynomials;
}

}  // namespace CREDENCE_ISA
}  // namespace credence::benchmarks
