#include "framework/cuda/families.hpp"
#include "framework/cuda/random.hpp"

namespace credence::cuda {
namespace {

template <class T>
__global__ void draw(RandomStream stream, std::int64_t blocks, std::int64_t n, T* y) {
  for (std::int64_t i = first_index(); i < blocks; i += index_step()) {
    for_each_normal<T>(stream, i, n, [&](std::int64_t at, T noise) { y[at] = noise; });
  }
}

template <class T>
__global__ void add_noise(RandomStream stream, T epsilon, std::int64_t blocks, std::int64_t n, T* y,
                          T* deviation) {
  for (std::int64_t i = first_index(); i < blocks; i += index_step()) {
    for_each_normal<T>(stream, i, n, [&](std::int64_t at, T noise) {
      const T spread = std::sqrt(deviation[at] + epsilon);
      deviation[at] = spread;
      y[at] += spread * noise;
    });
  }
}

template <class T>
__global__ void draw_around(RandomStream stream, T epsilon, std::int64_t blocks, std::int64_t n,
                            const T* mean, const T* variance, T* y) {
  for (std::int64_t i = first_index(); i < blocks; i += index_step()) {
    for_each_normal<T>(stream, i, n, [&](std::int64_t at, T noise) {
      y[at] = mean[at] + std::sqrt(variance[at] + epsilon) * noise;
    });
  }
}

template <class T>
__global__ void noise_gradient(RandomStream stream, std::int64_t blocks, std::int64_t n,
                               const T* grad_y, const T* deviation, T* grad_variance) {
  for (std::int64_t i = first_index(); i < blocks; i += index_step()) {
    for_each_normal<T>(stream, i, n, [&](std::int64_t at, T noise) {
      grad_variance[at] = grad_y[at] * noise * T(0.5) / deviation[at];
    });
  }
}

template <class T>
void normal(RandomStream stream, std::int64_t n, T* y) {
  if (n == 0) return;
  launch("normal", blocks_for(philox_blocks(n)), &draw<T>, stream, philox_blocks(n), n, y);
}

template <class T>
void add_noise_forward(RandomStream stream, double epsilon, std::int64_t n, T* y, T* deviation) {
  if (n == 0) return;
  launch("add_noise", blocks_for(philox_blocks(n)), &add_noise<T>, stream, static_cast<T>(epsilon),
         philox_blocks(n), n, y, deviation);
}

template <class T>
void draw_normal(RandomStream stream, double epsilon, std::int64_t n, const T* mean,
                 const T* variance, T* y) {
  if (n == 0) return;
  launch("draw_normal", blocks_for(philox_blocks(n)), &draw_around<T>, stream,
         static_cast<T>(epsilon), philox_blocks(n), n, mean, variance, y);
}

template <class T>
void add_noise_backward(RandomStream stream, std::int64_t n, const T* grad_y, const T* deviation,
                        T* grad_variance) {
  if (n == 0) return;
  launch("add_noise", blocks_for(philox_blocks(n)), &noise_gradient<T>, stream, philox_blocks(n), n,
         grad_y, deviation, grad_variance);
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

}  // namespace credence::cuda
