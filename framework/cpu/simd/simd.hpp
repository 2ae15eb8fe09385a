// Vec, a vector register of float32 that is as wide as the instruction set that the file is
// compiled for. It uses the vector extensions of GCC and clang: the compiler turns the operators
// into the instructions of the target (SSE, AVX, AVX-512, NEON), so that one text serves all of
// them. Intrinsics stand only where the extensions have no operator.
//
// Files that include this one are compiled once for each instruction set. They put everything into
// an unnamed namespace or into credence::cpu::CREDENCE_ISA, and use no standard container.
// Otherwise the linker could choose the AVX form of an inline function for the whole program, which
// would then fail on a machine without AVX.
#pragma once

#include <cstdint>
#include <cstring>
#include <type_traits>

#if defined(__x86_64__)
#include <immintrin.h>
#elif defined(__aarch64__)
#include <arm_neon.h>
#endif

namespace credence::cpu {
namespace CREDENCE_ISA {

#if defined(__AVX512F__)
inline constexpr int kVectorBytes = 64;
#elif defined(__AVX2__)
inline constexpr int kVectorBytes = 32;
#else
inline constexpr int kVectorBytes = 16;
#endif
inline constexpr int kLanes = kVectorBytes / 4;

typedef float NativeFloat __attribute__((vector_size(kVectorBytes)));
typedef std::int32_t NativeInt __attribute__((vector_size(kVectorBytes)));
typedef std::uint32_t NativeUint __attribute__((vector_size(kVectorBytes)));
typedef float UnalignedFloat __attribute__((vector_size(kVectorBytes), aligned(4), may_alias));

/// A lane-wise condition: all bits set where true.
struct Mask {
  NativeInt bits;
};

struct Vec {
  NativeFloat value;

  Vec() = default;
  Vec(NativeFloat native) : value(native) {}  // NOLINT: implicit by design
  template <class Number>
  requires std::is_arithmetic_v<Number>
  explicit Vec(Number number) : value(static_cast<float>(number) - NativeFloat{}) {}
};

inline Vec load(const float* source) {
  return Vec(static_cast<NativeFloat>(*reinterpret_cast<const UnalignedFloat*>(source)));
}
/// Returns x and makes the compiler hold it in a register. g++ would otherwise read a loaded number
/// from memory again for each multiplication, and several multiplications would wait for the loads.
inline Vec in_register(Vec x) {
#if defined(__x86_64__)
  asm("" : "+v"(x.value));
#elif defined(__aarch64__)
  asm("" : "+w"(x.value));
#endif
  return x;
}
inline void store(float* destination, Vec x) {
  *reinterpret_cast<UnalignedFloat*>(destination) = x.value;
}
/// The numbers of the lanes: 0, 1, 2, …
inline NativeInt lane_numbers() {
  NativeInt numbers{};
  for (int i = 0; i < kLanes; ++i) numbers[i] = i;
  return numbers;
}

/// Loads the first `count` lanes, where count is from 0 to kLanes. The others are zero, and their
/// memory is not read.
inline Vec load_partial(const float* source, std::int64_t count) {
#if defined(__AVX512F__)
  return static_cast<NativeFloat>(
      _mm512_maskz_loadu_ps(static_cast<__mmask16>((1U << count) - 1U), source));
#elif defined(__AVX__)
  const NativeInt mask = lane_numbers() < static_cast<std::int32_t>(count);
  return static_cast<NativeFloat>(_mm256_maskload_ps(source, reinterpret_cast<__m256i>(mask)));
#else
  NativeFloat value{};
  std::memcpy(&value, source, static_cast<std::size_t>(count) * sizeof(float));
  return value;
#endif
}
inline void store_partial(float* destination, Vec x, std::int64_t count) {
#if defined(__AVX512F__)
  _mm512_mask_storeu_ps(destination, static_cast<__mmask16>((1U << count) - 1U), x.value);
#elif defined(__AVX__)
  const NativeInt mask = lane_numbers() < static_cast<std::int32_t>(count);
  _mm256_maskstore_ps(destination, reinterpret_cast<__m256i>(mask), x.value);
#else
  std::memcpy(destination, &x.value, static_cast<std::size_t>(count) * sizeof(float));
#endif
}

/// A copy for short runs, where a call of memcpy would cost more than the copy.
inline void copy_floats(std::int64_t n, const float* from, float* to) {
  std::int64_t i = 0;
  for (; i + kLanes <= n; i += kLanes) store(to + i, load(from + i));
  if (i < n) store_partial(to + i, load_partial(from + i, n - i), n - i);
}

inline Vec operator+(Vec a, Vec b) { return a.value + b.value; }
inline Vec operator-(Vec a, Vec b) { return a.value - b.value; }
inline Vec operator*(Vec a, Vec b) { return a.value * b.value; }
inline Vec operator/(Vec a, Vec b) { return a.value / b.value; }
inline Vec operator-(Vec a) { return -a.value; }
inline Vec& operator+=(Vec& a, Vec b) {
  a.value += b.value;
  return a;
}
inline Mask operator>(Vec a, Vec b) { return {a.value > b.value}; }
inline Mask operator<(Vec a, Vec b) { return {a.value < b.value}; }
inline Mask operator<=(Vec a, Vec b) { return {a.value <= b.value}; }
inline Mask operator>=(Vec a, Vec b) { return {a.value >= b.value}; }
inline Mask operator==(Vec a, Vec b) { return {a.value == b.value}; }
inline Vec where(Mask condition, Vec yes, Vec no) { return condition.bits ? yes.value : no.value; }

/// The larger of a and b. It is b where either is NaN.
inline Vec max(Vec a, Vec b) {
#if defined(__AVX512F__)
  return static_cast<NativeFloat>(_mm512_max_ps(a.value, b.value));
#elif defined(__AVX__)
  return static_cast<NativeFloat>(_mm256_max_ps(a.value, b.value));
#elif defined(__x86_64__)
  return static_cast<NativeFloat>(_mm_max_ps(a.value, b.value));
#else
  return where(a > b, a, b);
#endif
}
/// The smaller of a and b. It is b where either is NaN.
inline Vec min(Vec a, Vec b) {
#if defined(__AVX512F__)
  return static_cast<NativeFloat>(_mm512_min_ps(a.value, b.value));
#elif defined(__AVX__)
  return static_cast<NativeFloat>(_mm256_min_ps(a.value, b.value));
#elif defined(__x86_64__)
  return static_cast<NativeFloat>(_mm_min_ps(a.value, b.value));
#else
  return where(a < b, a, b);
#endif
}

/// Whether the condition holds in any lane.
inline bool any(Mask condition) {
  std::int64_t words[kVectorBytes / 8];
  std::memcpy(words, &condition.bits, sizeof(words));
  std::int64_t joined = 0;
  for (const std::int64_t word : words) joined |= word;
  return joined != 0;
}

inline NativeInt to_int(Vec x) { return __builtin_convertvector(x.value, NativeInt); }
inline Vec to_float(NativeInt x) { return __builtin_convertvector(x, NativeFloat); }
inline NativeInt bits_of(Vec x) { return reinterpret_cast<NativeInt>(x.value); }
inline Vec from_bits(NativeInt x) { return reinterpret_cast<NativeFloat>(x); }

inline Vec abs(Vec x) { return from_bits(bits_of(x) & INT32_MAX); }
inline Vec minus_abs(Vec x) { return from_bits(bits_of(x) | INT32_MIN); }

inline Vec sqrt(Vec x) {
#if defined(__AVX512F__)
  return static_cast<NativeFloat>(_mm512_sqrt_ps(x.value));
#elif defined(__AVX__)
  return static_cast<NativeFloat>(_mm256_sqrt_ps(x.value));
#elif defined(__x86_64__)
  return static_cast<NativeFloat>(_mm_sqrt_ps(x.value));
#elif defined(__aarch64__)
  return static_cast<NativeFloat>(vsqrtq_f32(x.value));
#else
  for (int i = 0; i < kLanes; ++i) x.value[i] = __builtin_sqrtf(x.value[i]);
  return x;
#endif
}

/// Lane i of the result is element places[i] modulo kLanes of x.
template <class Native>
[[gnu::always_inline]] inline Native shuffle(Native x, NativeInt places) {
#if !defined(__clang__)
  return __builtin_shuffle(x, places);
  // The builtin of clang takes constants only. With constant places clang finds the instruction
  // here too.
#elif defined(__AVX512F__)
  return reinterpret_cast<Native>(
      _mm512_permutexvar_epi32(reinterpret_cast<__m512i>(places), reinterpret_cast<__m512i>(x)));
#elif defined(__AVX2__)
  return reinterpret_cast<Native>(
      _mm256_permutevar8x32_epi32(reinterpret_cast<__m256i>(x), reinterpret_cast<__m256i>(places)));
#else
  Native found{};
  for (int i = 0; i < kLanes; ++i) found[i] = x[places[i] & (kLanes - 1)];
  return found;
#endif
}
/// Lane i of the result is element places[i] modulo 2 kLanes of a followed by b.
[[gnu::always_inline]] inline NativeFloat shuffle(NativeFloat a, NativeFloat b, NativeInt places) {
#if !defined(__clang__)
  return __builtin_shuffle(a, b, places);
#elif defined(__AVX512F__)
  return static_cast<NativeFloat>(_mm512_permutex2var_ps(a, reinterpret_cast<__m512i>(places), b));
#else
  return (places & kLanes) == 0 ? shuffle(a, places) : shuffle(b, places);
#endif
}

/// The sum of the lanes: the halves are added first, then the halves of their sum, and so on.
inline float sum_lanes(Vec x) {
#pragma GCC unroll 4
  for (int width = kLanes / 2; width > 0; width /= 2) {
    x.value += shuffle(x.value, lane_numbers() ^ width);
  }
  return x.value[0];
}

}  // namespace CREDENCE_ISA
}  // namespace credence::cpu
