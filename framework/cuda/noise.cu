// Kernels that draw normal noise: alone, as the output of a Bayesian layer, y = activation(mean +
// √(variance + ε) · noise), and in that layer's backward pass, which draws the same noise again.
// framework/formulas/noise.hpp has the formulas.
#include "framework/cuda/epilogue.hpp"
#include "framework/cuda/families.hpp"
#include "framework/cuda/loops.hpp"
#include "framework/cuda/random.hpp"
#include "framework/formulas/noise.hpp"

namespace credence::cuda {
namespace {

// What a kernel does with the noise of element `at`.
template <class T>
struct Store {
  T* y;
  __device__ void operator()(std::int64_t at, T noise) const { y[at] = noise; }
};

template <class T, class Activation>
struct AddInPlace {
  Activation activation;
  T epsilon;
  ChannelBias<T> bias;
  const T* variance;
  T* y;
  __device__ void operator()(std::int64_t at, T noise) const {
    const T mean = y[at] + bias(at);
    const T deviation = formulas::Deviation{}(variance[at], epsilon);
    y[at] = activation.forward(formulas::AddNoise{}(mean, deviation, noise));
  }
};

template <class T, class Activation>
struct AddToMean {
  Activation activation;
  T epsilon;
  const T* mean;
  const T* variance;
  T* y;
  __device__ void operator()(std::int64_t at, T noise) const {
    const T deviation = formulas::Deviation{}(variance[at], epsilon);
    y[at] = activation.forward(formulas::AddNoise{}(mean[at], deviation, noise));
  }
};

// The derivative of an output, before its activation, with respect to the variance.
template <class T>
struct Slope {
  T epsilon;
  const T* variance;
  __device__ T operator()(std::int64_t at, T noise) const {
    return formulas::AddNoiseSlope{}(formulas::Deviation{}(variance[at], epsilon), noise);
  }
};

template <class T>
struct VarianceGradient {
  Slope<T> slope;
  const T* grad_y;
  T* grad_variance;
  __device__ void operator()(std::int64_t at, T noise) const {
    grad_variance[at] = grad_y[at] * slope(at, noise);
  }
};

template <class T>
struct ActivatedGradients {
  pointwise::FusedActivation activation;
  Slope<T> slope;
  const T* y;
  const T* grad_y;
  T* grad_mean;
  T* grad_variance;
  __device__ void operator()(std::int64_t at, T noise) const {
    const T grad = activation.backward(y[at], grad_y[at]);
    grad_mean[at] = grad;
    grad_variance[at] = grad * slope(at, noise);
  }
};

template <class T, class Body>
__global__ void draw(MovingStream moving, PhiloxBlocks blocks, std::int64_t n, Body body) {
  const RandomStream stream = moving.now();
  for (std::int64_t i = first_index(); i < blocks.count; i += index_step()) {
    for_each_normal<T>(stream, blocks.first + i, n, body);
  }
}

// For each element, a noise kernel reads and writes so many numbers. A normal number and what is
// done with it are some twenty flops; drawing its random bits is none.
struct Traffic {
  std::int64_t read;
  std::int64_t written;
};

template <class T, class Body>
void with_noise(const KernelName& name, const RandomStream& stream, std::int64_t n,
                const Traffic& traffic, Body body) {
  if (n == 0) return;
  const PhiloxBlocks blocks = philox_blocks(stream, n);
  const device::Work work = elements<T>(traffic.read * n, traffic.written * n, 20 * n);
  launch(name, {blocks_for(blocks.count), work}, &draw<T, Body>, moving(stream), blocks, n, body);
}

template <class T>
void normal(RandomStream stream, std::int64_t n, T* y) {
  with_noise<T>("normal", stream, n, {0, 1}, Store<T>{y});
}

template <class T>
void add_noise_forward(const OutputNoise& noise, std::int64_t n, T* y, T* variance) {
  draw_outputs(noise, ChannelBias<T>{nullptr, 1, 1}, n, variance, y);
}

template <class T>
void draw_normal(const OutputNoise& noise, std::int64_t n, const T* mean, const T* variance, T* y) {
  with_activation(noise.activation, [&]<class Activation>(const Activation& activation) {
    with_noise<T>(
        "draw_normal", noise.stream, n, {2, 1},
        AddToMean<T, Activation>{activation, static_cast<T>(noise.epsilon), mean, variance, y});
  });
}

template <class T>
void add_noise_backward(const OutputNoise& noise, std::int64_t n, const T* y, const T* grad_y,
                        const T* variance, T* grad_mean, T* grad_variance) {
  const Slope<T> slope{static_cast<T>(noise.epsilon), variance};
  if (noise.activation == nullptr) {
    with_noise<T>({"add_noise", "backward"}, noise.stream, n, {2, 1},
                  VarianceGradient<T>{slope, grad_y, grad_variance});
  } else {
    with_noise<T>(
        {"add_noise", "backward"}, noise.stream, n, {3, 2},
        ActivatedGradients<T>{*noise.activation, slope, y, grad_y, grad_mean, grad_variance});
  }
}

template <class T>
void list(Kernels<T>& table) {
  table.normal = &normal<T>;
  table.add_noise_forward = &add_noise_forward<T>;
  table.draw_normal = &draw_normal<T>;
  table.add_noise_backward = &add_noise_backward<T>;
}

}  // namespace

template <class T>
void draw_outputs(const OutputNoise& noise, const ChannelBias<T>& bias, std::int64_t n,
                  const T* variance, T* y) {
  with_activation(noise.activation, [&]<class Activation>(const Activation& activation) {
    with_noise<T>(
        "add_noise", noise.stream, n, {2, 1},
        AddInPlace<T, Activation>{activation, static_cast<T>(noise.epsilon), bias, variance, y});
  });
}

template void draw_outputs(const OutputNoise&, const ChannelBias<float>&, std::int64_t,
                           const float*, float*);
template void draw_outputs(const OutputNoise&, const ChannelBias<double>&, std::int64_t,
                           const double*, double*);

void list_noise(Kernels<float>& table) { list(table); }
void list_noise(Kernels<double>& table) { list(table); }

}  // namespace credence::cuda
