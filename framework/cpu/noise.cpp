// Noise of Bayesian layers: y = activation(mean + √(variance + ε) · noise) with standard normal
// noise, and its gradient (the local reparametrisation: Kingma, Salimans and Welling 2015, arXiv
// 1506.02557). Also plain normal numbers. Chunks of numbers are drawn and used while they are in
// the cache.
#include "framework/cpu/noise.hpp"

#include "framework/cpu/epilogue.hpp"
#include "framework/cpu/families.hpp"
#include "framework/cpu/simd/philox.hpp"
#include "framework/formulas/noise.hpp"

namespace credence::cpu {
namespace CREDENCE_ISA {
namespace {

// Elements that are drawn at a time.
constexpr std::int64_t kChunk = 8 * RandomStream::kGroup;
constexpr std::int64_t kChunksPerRange = 16;

// Room for the normal numbers of a chunk.
template <class T>
struct Noise {
  alignas(kVectorBytes) T values[kChunk];
};

// Draws elements first, …, first + count − 1. The last step may write further elements, within the
// chunk.
template <class T>
void draw(const StreamFor<T>& stream, std::int64_t first, std::int64_t count, T* noise) {
  if constexpr (std::is_same_v<T, float>) {
    constexpr std::int64_t kStep = 2 * RandomStream::kGroup;
    stream.normals(first, (count + kStep - 1) / kStep * kStep, noise);
  } else {
    for (std::int64_t i = 0; i < count; ++i) noise[i] = stream.normal(first + i);
  }
}

// Draws the numbers of a part of a chunk and returns the first.
template <class T, class Source>
const T* draw_part(const Source& source, const ChunkPart& part, Noise<T>& noise) {
  draw(source, part.chunk * kChunk, part.skipped + part.count, noise.values);
  return noise.values + part.skipped;
}

template <class T>
void normal(RandomStream stream, std::int64_t n, T* y) {
  for_each_chunk<T>(
      stream, n, kChunk, kChunksPerRange, [&](const auto& source, const ChunkPart& part) {
        if (part.count == kChunk) {
          draw(source, part.chunk * kChunk, kChunk, y + part.first);
          return;
        }
        Noise<T> noise;
        const T* const numbers = draw_part(source, part, noise);
        std::memcpy(y + part.first, numbers, static_cast<std::size_t>(part.count) * sizeof(T));
      });
}

template <class T>
void add_in_place(const OutputNoise& noise, std::int64_t n, T* y, T* slope) {
  const Lanes<T> epsilon(static_cast<T>(noise.epsilon));
  for_each_chunk<T>(noise.stream, n, kChunk, kChunksPerRange,
                    [&](const auto& source, const ChunkPart& part) {
                      Noise<T> drawn;
                      const T* const numbers = draw_part(source, part, drawn);
                      T* const y_part = y + part.first;
                      T* const slope_part = slope + part.first;
                      map_serial_two(
                          part.count, y_part, slope_part,
                          [epsilon](auto mean, auto variance, auto e) {
                            const auto deviation = formulas::Deviation{}(variance, epsilon);
                            return Two{formulas::AddNoise{}(mean, deviation, e),
                                       formulas::AddNoiseSlope{}(deviation, e)};
                          },
                          y_part, slope_part, numbers);
                      activate_all(noise.activation, part.count, y_part);
                    });
}

template <class T>
void draw_normal(const OutputNoise& noise, std::int64_t n, const T* mean, const T* variance, T* y) {
  const Lanes<T> epsilon(static_cast<T>(noise.epsilon));
  for_each_chunk<T>(noise.stream, n, kChunk, kChunksPerRange,
                    [&](const auto& source, const ChunkPart& part) {
                      Noise<T> drawn;
                      const T* const numbers = draw_part(source, part, drawn);
                      map_serial(
                          part.count, y + part.first,
                          [epsilon](auto m, auto v, auto e) {
                            return formulas::AddNoise{}(m, formulas::Deviation{}(v, epsilon), e);
                          },
                          mean + part.first, variance + part.first, numbers);
                      activate_all(noise.activation, part.count, y + part.first);
                    });
}

template <class T>
void add_noise_backward(const OutputNoise& noise, std::int64_t n, const T* y, const T* grad_y,
                        const T* slope, T* grad_mean, T* grad_variance) {
  const auto times = [](auto grad, auto s) { return grad * s; };
  if (noise.activation == nullptr) {
    map(n, grad_variance, times, grad_y, slope);
    return;
  }
  // In pieces, so that the second step finds in the cache what the first one stored.
  constexpr std::int64_t kSize = 1024;
  parallel_for(n, kGrain, [&](std::int64_t begin, std::int64_t end) {
    for (std::int64_t first = begin; first < end; first += kSize) {
      const std::int64_t size = end - first < kSize ? end - first : kSize;
      activate_backward_all(*noise.activation, size, y + first, grad_y + first, grad_mean + first);
      map_serial(size, grad_variance + first, times, static_cast<const T*>(grad_mean + first),
                 slope + first);
    }
  });
}

// For a layer that draws its outputs, `saved` is the slope, and then the gradient of the variance.
std::int64_t saved_numel(const ConvolutionShape& s) { return s.output_numel(); }

template <class T>
void layer_backward(const ConvolutionShape& s, const OutputNoise& noise, const T* y,
                    const T* grad_y, T* saved, T* grad_mean) {
  add_noise_backward<T>(noise, s.output_numel(), y, grad_y, saved, grad_mean, saved);
}

template <class T>
void list(Kernels<T>& table) {
  table.normal = &normal<T>;
  table.add_noise_forward = &add_in_place<T>;
  table.draw_normal = &draw_normal<T>;
  table.add_noise_backward = &add_noise_backward<T>;
  table.random_convolution_saved = &saved_numel;
  table.random_convolution_backward_output = &layer_backward<T>;
}

}  // namespace

void add_noise_forward(const OutputNoise& noise, std::int64_t n, Element* y, Element* slope) {
  add_in_place(noise, n, y, slope);
}

void list_noise(Kernels<Element>& table) { list(table); }

}  // namespace CREDENCE_ISA
}  // namespace credence::cpu
