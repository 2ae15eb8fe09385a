#include "framework/cpu/families.hpp"
#include "framework/cpu/loops.hpp"
#include "framework/cpu/philox.hpp"
#include "framework/ops/formulas.hpp"

namespace credence::cpu {
namespace CREDENCE_ISA {
namespace {

// Elements that are drawn at a time.
constexpr std::int64_t kChunk = kNormalNumel;
constexpr std::int64_t kChunksPerRange = 64;

void noise_chunk(const RandomStream& stream, std::int64_t chunk, float* noise) {
  normal_groups(stream, chunk, noise);
}

void noise_chunk(const RandomStream& stream, std::int64_t chunk, double* noise) {
  for (std::int64_t i = 0; i < kChunk; ++i) noise[i] = stream.normal(chunk * kChunk + i);
}

// Calls body(first element, count, noise) for each chunk.
template <class T, class Body>
void for_each_chunk(const RandomStream& stream, std::int64_t n, Body body) {
  const std::int64_t chunks = (n + kChunk - 1) / kChunk;
  parallel_for(chunks, kChunksPerRange, [&](std::int64_t begin, std::int64_t end) {
    alignas(kVectorBytes) T noise[kChunk];
    for (std::int64_t chunk = begin; chunk < end; ++chunk) {
      noise_chunk(stream, chunk, noise);
      const std::int64_t first = chunk * kChunk;
      body(first, n - first < kChunk ? n - first : kChunk, static_cast<const T*>(noise));
    }
  });
}

template <class T>
void normal(RandomStream stream, std::int64_t n, T* y) {
  for_each_chunk<T>(stream, n, [&](std::int64_t first, std::int64_t count, const T* noise) {
    std::memcpy(y + first, noise, static_cast<std::size_t>(count) * sizeof(T));
  });
}

template <class T>
void add_noise_forward(RandomStream stream, double epsilon, std::int64_t n, T* y, T* deviation) {
  for_each_chunk<T>(stream, n, [&](std::int64_t first, std::int64_t count, const T* noise) {
    map_serial(
        count, deviation + first,
        [&](auto variance) { return formulas::Deviation{}(variance, Lanes<T>(epsilon)); },
        deviation + first);
    map_serial(count, y + first, formulas::AddNoise{}, y + first, deviation + first, noise);
  });
}

template <class T>
void draw_normal(RandomStream stream, double epsilon, std::int64_t n, const T* mean,
                 const T* variance, T* y) {
  for_each_chunk<T>(stream, n, [&](std::int64_t first, std::int64_t count, const T* noise) {
    map_serial(
        count, y + first,
        [&](auto m, auto v, auto e) {
          return formulas::AddNoise{}(m, formulas::Deviation{}(v, Lanes<T>(epsilon)), e);
        },
        mean + first, variance + first, noise);
  });
}

template <class T>
void add_noise_backward(RandomStream stream, std::int64_t n, const T* grad_y, const T* deviation,
                        T* grad_variance) {
  for_each_chunk<T>(stream, n, [&](std::int64_t first, std::int64_t count, const T* noise) {
    map_serial(count, grad_variance + first, formulas::AddNoiseGradient{}, grad_y + first,
               deviation + first, noise);
  });
}

template <class T>
void list(Kernels<T>& table) {
  table.normal = &normal<T>;
  table.add_noise_forward = &add_noise_forward<T>;
  table.draw_normal = &draw_normal<T>;
  table.add_noise_backward = &add_noise_backward<T>;
}

}  // namespace

void list_noise(Kernels<float>& table) { list(table); }
void list_noise(Kernels<double>& table) { list(table); }

}  // namespace CREDENCE_ISA
}  // namespace credence::cpu
