// Filter response normalisation and the activation f that follows, y = f(x / √(mean(x²) + ε) ·
// weight + bias) with the mean over the plane of one channel in one image, and its gradients (Singh
// and Krishnan 2020, arXiv 1911.09737). framework/cpu/filter_response_norm.cpp has the formulas.
// Sums are in double precision.
#include "framework/cuda/channel_sums.hpp"
#include "framework/cuda/epilogue.hpp"
#include "framework/cuda/families.hpp"

#include <cmath>

namespace credence::cuda {
namespace {

constexpr const char* kName = "filter_response_norm";

// The planes as the channels of a single image.
NormalizationShape planes_of(const NormalizationShape& shape) {
  return {1, shape.batch * shape.channels, shape.volume};
}

template <class T>
struct Squares {
  const T* x;
  __device__ void add(std::int64_t, std::int64_t i, double& first, double&) const {
    const auto value = static_cast<double>(x[i]);
    first += value * value;
  }
};

// gradient is that by z, the activation's argument.
template <class T>
struct PlaneGradients {
  const T* x;
  const T* gradient;
  const T* inverse_root;
  __device__ void add(std::int64_t plane, std::int64_t i, double& first, double& second) const {
    const auto grad = static_cast<double>(gradient[i]);
    first += grad;
    second += grad * static_cast<double>(x[i]) * static_cast<double>(inverse_root[plane]);
  }
};

template <class T>
__global__ void invert_root(std::int64_t planes, double volume, double epsilon, const double* sums,
                            T* inverse_root) {
  for (std::int64_t p = first_index(); p < planes; p += index_step()) {
    inverse_root[p] = static_cast<T>(1 / std::sqrt(sums[2 * p] / volume + epsilon));
  }
}

// z = x̂ · weight + bias
template <class T>
struct Argument {
  ChannelIndex index;
  const T* x;
  const T* weight;
  const T* bias;
  const T* inverse_root;
  __device__ T operator()(std::int64_t i) const {
    const std::int64_t plane = index.plane(i);
    const std::int64_t c = index.channel_of_plane(plane);
    return x[i] * (inverse_root[plane] * weight[c]) + bias[c];
  }
};

template <class T, class Activation>
__global__ void activate(std::int64_t n, Argument<T> argument, Activation activation, T* y) {
  for (std::int64_t i = first_index(); i < n; i += index_step()) {
    y[i] = activation.forward(argument(i));
  }
}

template <class T>
__global__ void activate_backward(std::int64_t n, Argument<T> argument,
                                  pointwise::RecomputedActivation activation, const T* grad_y,
                                  T* gradient) {
  for (std::int64_t i = first_index(); i < n; i += index_step()) {
    gradient[i] = activation.backward_at(argument(i), grad_y[i]);
  }
}

template <class T>
__global__ void parameter_gradients(NormalizationShape shape, const double* sums, T* grad_weight,
                                    T* grad_bias) {
  for (std::int64_t c = first_index(); c < shape.channels; c += index_step()) {
    double weight = 0;
    double bias = 0;
    for (std::int64_t image = 0; image < shape.batch; ++image) {
      const double* const plane = sums + 2 * (image * shape.channels + c);
      bias += plane[0];
      weight += plane[1];
    }
    grad_weight[c] = static_cast<T>(weight);
    grad_bias[c] = static_cast<T>(bias);
  }
}

// `gradient` is that by z; it may be grad_x.
template <class T>
__global__ void input_gradient(ChannelIndex index, std::int64_t n, const double* sums, const T* x,
                               const T* weight, const T* inverse_root, const T* gradient,
                               T* grad_x) {
  const auto volume = static_cast<double>(index.volume.divisor());
  for (std::int64_t i = first_index(); i < n; i += index_step()) {
    const std::int64_t plane = index.plane(i);
    const T inverse = inverse_root[plane];
    const T mean = static_cast<T>(sums[2 * plane + 1] / volume);
    grad_x[i] =
        (gradient[i] - x[i] * inverse * mean) * (inverse * weight[index.channel_of_plane(plane)]);
  }
}

template <class T>
void forward(const NormalizationShape& shape, double epsilon,
             const pointwise::RecomputedActivation* activation, const T* x, const T* weight,
             const T* bias, T* y, T* inverse_root) {
  const NormalizationShape planes = planes_of(shape);
  const std::int64_t n = planes.channels * shape.volume;
  if (n == 0) return;
  const Workspace<double> sums(2 * planes.channels);
  channel_sums<T>(kName, planes, Squares<T>{x}, 1, sums.data());
  const device::Work roots =
      elements<double>(planes.channels, 0, 4 * planes.channels) + elements<T>(0, planes.channels);
  launch({kName, "roots"}, {blocks_for(planes.channels), roots}, &invert_root<T>, planes.channels,
         static_cast<double>(shape.volume), epsilon, static_cast<const double*>(sums.data()),
         inverse_root);
  with_activation(activation, [&](const auto& function) {
    const device::Work work = elements<T>(n + planes.channels + 2 * shape.channels, n, 4 * n);
    launch(kName, {blocks_for(n), work}, &activate<T, std::decay_t<decltype(function)>>, n,
           Argument<T>{channel_index(shape), x, weight, bias, inverse_root}, function, y);
  });
}

template <class T>
void backward(const NormalizationShape& shape, const pointwise::RecomputedActivation* activation,
              const T* x, const T* weight, const T* bias, const T* inverse_root, const T* grad_y,
              T* grad_x, T* grad_weight, T* grad_bias) {
  if (shape.channels == 0) return;
  const NormalizationShape planes = planes_of(shape);
  const std::int64_t n = planes.channels * shape.volume;
  const Workspace<double> sums(2 * planes.channels + 1);
  const T* gradient = grad_y;
  if (activation != nullptr && n > 0) {
    const device::Work work = elements<T>(2 * n + planes.channels + 2 * shape.channels, n, 5 * n);
    launch({kName, "backward activation"}, {blocks_for(n), work}, &activate_backward<T>, n,
           Argument<T>{channel_index(shape), x, weight, bias, inverse_root}, *activation, grad_y,
           grad_x);
    gradient = grad_x;
  }
  if (planes.channels > 0) {
    channel_sums<T>(kName, planes, PlaneGradients<T>{x, gradient, inverse_root}, 2, sums.data());
  }
  const device::Work gradients = elements<double>(2 * planes.channels, 0, 2 * planes.channels) +
                                 elements<T>(0, 2 * shape.channels);
  launch({kName, "backward parameters"}, {blocks_for(shape.channels), gradients},
         &parameter_gradients<T>, shape, static_cast<const double*>(sums.data()), grad_weight,
         grad_bias);
  if (n == 0) return;
  const device::Work work = elements<double>(planes.channels, 0) +
                            elements<T>(2 * n + planes.channels + shape.channels, n, 6 * n);
  launch({kName, "backward"}, {blocks_for(n), work}, &input_gradient<T>, channel_index(shape), n,
         static_cast<const double*>(sums.data()), x, weight, inverse_root, gradient, grad_x);
}

template <class T>
void list(Kernels<T>& table) {
  table.filter_response_norm_forward = &forward<T>;
  table.filter_response_norm_backward = &backward<T>;
}

}  // namespace

void list_filter_response_norm(Kernels<float>& table) { list(table); }
void list_filter_response_norm(Kernels<double>& table) { list(table); }

}  // namespace credence::cuda
