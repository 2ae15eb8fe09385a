#include "framework/cpu/noise.hpp"

#include "framework/cpu/epilogue.hpp"
#include "framework/cpu/families.hpp"
#include "framework/cpu/philox.hpp"
#include "framework/ops/formulas.hpp"

namespace credence::cpu {
namespace CREDENCE_ISA {
namespace {

// Elements that are drawn at a time.
constexpr std::int64_t kChunk = kNormalNumel;
constexpr std::int64_t kChunksPerRange = 64;

void noise_chunk(const VectorStream& stream, std::int64_t chunk, float* noise) {
  stream.normals(chunk, noise);
}

void noise_chunk(const RandomStream& stream, std::int64_t chunk, double* noise) {
  for (std::int64_t i = 0; i < kChunk; ++i) noise[i] = stream.normal(chunk * kChunk + i);
}

// Calls body(first element, count, noise) for each chunk.
template <class T, class Body>
void for_each_chunk(const RandomStream& stream, std::int64_t n, Body body) {
  const std::int64_t chunks = (n + kChunk - 1) / kChunk;
  parallel_for(chunks, kChunksPerRange, [&](std::int64_t begin, std::int64_t end) {
    const StreamFor<T> source(stream);
    alignas(kVectorBytes) T noise[kChunk];
    for (std::int64_t chunk = begin; chunk < end; ++chunk) {
      noise_chunk(source, chunk, noise);
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

// Calls function(activation), the latter a function of a vector.
template <class Function>
void with_activation(const OutputNoise& noise, Function function) {
  if (noise.activation == nullptr) {
    function([](auto x) { return x; });
  } else {
    function([&](auto x) { return activate(*noise.activation, x); });
  }
}

template <class T>
void add_in_place(const OutputNoise& noise, std::int64_t n, T* y, T* slope) {
  const Lanes<T> epsilon(static_cast<T>(noise.epsilon));
  with_activation(noise, [&](const auto& activation) {
    for_each_chunk<T>(noise.stream, n, [&](std::int64_t first, std::int64_t size, const T* drawn) {
      map_serial_two(
          size, y + first, slope + first,
          [&activation, epsilon](auto mean, auto variance, auto e) {
            const auto deviation = formulas::Deviation{}(variance, epsilon);
            return Two{activation(formulas::AddNoise{}(mean, deviation, e)),
                       formulas::AddNoiseSlope{}(deviation, e)};
          },
          y + first, slope + first, drawn);
    });
  });
}

template <class T>
void draw_normal(const OutputNoise& noise, std::int64_t n, const T* mean, const T* variance, T* y) {
  const Lanes<T> epsilon(static_cast<T>(noise.epsilon));
  with_activation(noise, [&](const auto& activation) {
    for_each_chunk<T>(noise.stream, n, [&](std::int64_t first, std::int64_t size, const T* drawn) {
      map_serial(
          size, y + first,
          [&activation, epsilon](auto m, auto v, auto e) {
            return activation(formulas::AddNoise{}(m, formulas::Deviation{}(v, epsilon), e));
          },
          mean + first, variance + first, drawn);
    });
  });
}

template <class T>
void add_noise_backward(const pointwise::FusedActivation* activation, std::int64_t n, const T* y,
                        const T* grad_y, const T* slope, T* grad_mean, T* grad_variance) {
  if (activation == nullptr) {
    map(
        n, grad_variance, [](auto grad, auto s) { return grad * s; }, grad_y, slope);
    return;
  }
  parallel_for(n, kGrain, [&](std::int64_t begin, std::int64_t end) {
    map_serial_two(
        end - begin, grad_mean + begin, grad_variance + begin,
        [&](auto value, auto grad, auto s) {
          const auto grad_x = activate_backward(*activation, value, grad);
          return Two{grad_x, grad_x * s};
        },
        y + begin, grad_y + begin, slope + begin);
  });
}

template <class T>
void list(Kernels<T>& table) {
  table.normal = &normal<T>;
  table.add_noise_forward = &add_in_place<T>;
  table.draw_normal = &draw_normal<T>;
  table.add_noise_backward = &add_noise_backward<T>;
}

}  // namespace

void add_noise_forward(const OutputNoise& noise, std::int64_t n, float* y, float* slope) {
  add_in_place(noise, n, y, slope);
}
void add_noise_forward(const OutputNoise& noise, std::int64_t n, double* y, double* slope) {
  add_in_place(noise, n, y, slope);
}

void list_noise(Kernels<float>& table) { list(table); }
void list_noise(Kernels<double>& table) { list(table); }

}  // namespace CREDENCE_ISA
}  // namespace credence::cpu
