// Kernels that draw normal noise: alone, as the output of a Bayesian layer, y = activation(mean +
// √(variance + ε) · noise), and in that layer's backward pass, which draws the same noise again.
// framework/formulas/noise.hpp has the formulas.
#include "framework/cuda/families.hpp"
#include "framework/cuda/layer_noise.hpp"
#include "framework/cuda/random.hpp"
#include "framework/cuda/rounding.hpp"
#include "framework/formulas/noise.hpp"

namespace credence::cuda {
namespace {

// What a kernel does with the noise of element `at`.
template <class T>
struct Store {
  T* y;
  __device__ void operator()(std::int64_t at, T noise) const { y[at] = noise; }
};

template <class T, class R, class Activation>
struct DrawOutput {
  Activation activation;
  T epsilon;
  ChannelBias<T> bias;
  Moments<const R*> moments;
  T* y;
  __device__ void operator()(std::int64_t at, T noise) const {
    const T mean = loaded(moments.mean[at]) + bias(at);
    const T deviation = formulas::Deviation{}(T(loaded(moments.variance[at])), epsilon);
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

// The gradients of an output's moments; see output_gradients.
template <class T, class R, class F, class Activation>
struct OutputGradients {
  Activation activation;
  T epsilon;
  const T* y;
  const T* grad_y;
  const R* variance;
  T* grad_mean;
  GradientFactors<F> gradients;
  __device__ void operator()(std::int64_t at, T noise) const {
    T grad = grad_y[at];
    if constexpr (!std::is_same_v<Activation, Identity>) {
      grad = activation.backward(y[at], grad);
      grad_mean[at] = grad;
    }
    if (gradients.mean != nullptr) gradients.mean[at] = stored<F>(grad);
    if (gradients.mean_again != nullptr) gradients.mean_again[at] = stored<F>(grad);
    const T deviation = formulas::Deviation{}(T(loaded(variance[at])), epsilon);
    gradients.variance[at] = stored<F>(T(grad * formulas::AddNoiseSlope{}(deviation, noise)));
  }
};

template <class T, class Body>
__global__ void draw(MovingStream moving, PhiloxBlocks blocks, std::int64_t n, Body body) {
  const RandomStream stream = moving.now();
  for (std::int64_t i = first_index(); i < blocks.count; i += index_step()) {
    for_each_normal<T>(stream, blocks.first + i, n, body);
  }
}

// `moved` is what the kernel reads and writes. A normal number and what is done with it are some
// twenty flops; drawing its random bits is none.
template <class T, class Body>
void with_noise(const KernelName& name, const RandomStream& stream, std::int64_t n,
                const device::Work& moved, Body body) {
  if (n == 0) return;
  const PhiloxBlocks blocks = philox_blocks(stream, n);
  launch(name, {blocks_for(blocks.count), moved + device::Work{0, 0, 20 * n}}, &draw<T, Body>,
         moving(stream), blocks, n, body);
}

template <class T>
void normal(RandomStream stream, std::int64_t n, T* y) {
  with_noise<T>("normal", stream, n, elements<T>(0, n), Store<T>{y});
}

template <class T>
void add_noise_forward(const OutputNoise& noise, std::int64_t n, T* y, T* variance) {
  draw_outputs<T, T>(noise, {nullptr, 1, 1}, n, {y, variance}, y);
}

template <class T>
void draw_normal(const OutputNoise& noise, std::int64_t n, const T* mean, const T* variance, T* y) {
  with_activation(noise.activation, [&]<class Activation>(const Activation& activation) {
    with_noise<T>(
        "draw_normal", noise.stream, n, elements<T>(2 * n, n),
        AddToMean<T, Activation>{activation, static_cast<T>(noise.epsilon), mean, variance, y});
  });
}

template <class T>
void add_noise_backward(const OutputNoise& noise, std::int64_t n, const T* y, const T* grad_y,
                        const T* variance, T* grad_mean, T* grad_variance) {
  output_gradients<T, T, T>(noise, n, y, grad_y, variance, grad_mean, {nullptr, grad_variance});
}

template <class T>
void list(Kernels<T>& table) {
  table.normal = &normal<T>;
  table.add_noise_forward = &add_noise_forward<T>;
  table.draw_normal = &draw_normal<T>;
  table.add_noise_backward = &add_noise_backward<T>;
}

}  // namespace

template <class T, class R>
void draw_outputs(const OutputNoise& noise, const ChannelBias<T>& bias, std::int64_t n,
                  const Moments<const R*>& moments, T* y) {
  with_activation(noise.activation, [&]<class Activation>(const Activation& activation) {
    with_noise<T>(
        "add_noise", noise.stream, n, elements<R>(2 * n, 0) + elements<T>(0, n),
        DrawOutput<T, R, Activation>{activation, static_cast<T>(noise.epsilon), bias, moments, y});
  });
}

template <class T, class R, class F>
void output_gradients(const OutputNoise& noise, std::int64_t n, const T* y, const T* grad_y,
                      const R* variance, T* grad_mean, const GradientFactors<F>& gradients) {
  with_activation(noise.activation, [&]<class Activation>(const Activation& activation) {
    const std::int64_t activated = std::is_same_v<Activation, Identity> ? 0 : n;
    const std::int64_t factors =
        n + (gradients.mean == nullptr ? 0 : n) + (gradients.mean_again == nullptr ? 0 : n);
    with_noise<T>(
        {"add_noise", "backward"}, noise.stream, n,
        elements<T>(n + activated, activated) + elements<R>(n, 0) + elements<F>(0, factors),
        OutputGradients<T, R, F, Activation>{activation, static_cast<T>(noise.epsilon), y, grad_y,
                                             variance, grad_mean, gradients});
  });
}

template void draw_outputs(const OutputNoise&, const ChannelBias<float>&, std::int64_t,
                           const Moments<const float*>&, float*);
template void draw_outputs(const OutputNoise&, const ChannelBias<float>&, std::int64_t,
                           const Moments<const BFloat16*>&, float*);
template void draw_outputs(const OutputNoise&, const ChannelBias<double>&, std::int64_t,
                           const Moments<const double*>&, double*);
template void output_gradients(const OutputNoise&, std::int64_t, const float*, const float*,
                               const float*, float*, const GradientFactors<float>&);
template void output_gradients(const OutputNoise&, std::int64_t, const float*, const float*,
                               const float*, float*, const GradientFactors<BFloat16>&);
template void output_gradients(const OutputNoise&, std::int64_t, const float*, const float*,
                               const BFloat16*, float*, const GradientFactors<BFloat16>&);
template void output_gradients(const OutputNoise&, std::int64_t, const double*, const double*,
                               const double*, double*, const GradientFactors<double>&);

void list_noise(Kernels<float>& table) { list(table); }
void list_noise(Kernels<double>& table) { list(table); }

}  // namespace credence::cuda
