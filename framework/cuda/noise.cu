#include "framework/cuda/families.hpp"
#include "framework/cuda/random.hpp"
#include "framework/ops/formulas.hpp"

namespace credence::cuda {
namespace {

// What is done with the noise of element `at`.
template <class T>
struct Store {
  T* y;
  __device__ void operator()(std::int64_t at, T noise) const { y[at] = noise; }
};

template <class T>
struct AddInPlace {
  T epsilon;
  T* y;
  T* deviation;
  __device__ void operator()(std::int64_t at, T noise) const {
    deviation[at] = formulas::Deviation{}(deviation[at], epsilon);
    y[at] = formulas::AddNoise{}(y[at], deviation[at], noise);
  }
};

template <class T>
struct AddToMean {
  T epsilon;
  const T* mean;
  const T* variance;
  T* y;
  __device__ void operator()(std::int64_t at, T noise) const {
    y[at] = formulas::AddNoise{}(mean[at], formulas::Deviation{}(variance[at], epsilon), noise);
  }
};

template <class T>
struct Gradient {
  const T* grad_y;
  const T* deviation;
  T* grad_variance;
  __device__ void operator()(std::int64_t at, T noise) const {
    grad_variance[at] = formulas::AddNoiseGradient{}(grad_y[at], deviation[at], noise);
  }
};

template <class T, class Body>
__global__ void draw(MovingStream moving, std::int64_t blocks, std::int64_t n, Body body) {
  const RandomStream stream = moving.now();
  for (std::int64_t i = first_index(); i < blocks; i += index_step()) {
    for_each_normal<T>(stream, i, n, body);
  }
}

template <class T, class Body>
void with_noise(const char* name, const RandomStream& stream, std::int64_t n, Body body) {
  if (n == 0) return;
  const std::int64_t blocks = philox_blocks(n);
  launch(name, blocks_for(blocks), &draw<T, Body>, moving(stream), blocks, n, body);
}

template <class T>
void normal(RandomStream stream, std::int64_t n, T* y) {
  with_noise<T>("normal", stream, n, Store<T>{y});
}

template <class T>
void add_noise_forward(RandomStream stream, double epsilon, std::int64_t n, T* y, T* deviation) {
  with_noise<T>("add_noise", stream, n, AddInPlace<T>{static_cast<T>(epsilon), y, deviation});
}

template <class T>
void draw_normal(RandomStream stream, double epsilon, std::int64_t n, const T* mean,
                 const T* variance, T* y) {
  with_noise<T>("draw_normal", stream, n, AddToMean<T>{static_cast<T>(epsilon), mean, variance, y});
}

template <class T>
void add_noise_backward(RandomStream stream, std::int64_t n, const T* grad_y, const T* deviation,
                        T* grad_variance) {
  with_noise<T>("add_noise", stream, n, Gradient<T>{grad_y, deviation, grad_variance});
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
