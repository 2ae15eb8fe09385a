// Batch normalisation, y = (x − mean) / √(variance + ε) · weight + bias for each channel, and its
// gradients (Ioffe and Szegedy 2015, arXiv 1502.03167). Sums are in double precision.
#include "framework/cuda/channel_sums.hpp"
#include "framework/cuda/families.hpp"

#include <cmath>

namespace credence::cuda {
namespace {

constexpr const char* kName = "batch_norm";

template <class T>
struct Values {
  const T* x;
  __device__ void add(std::int64_t, std::int64_t i, double& first, double&) const {
    first += static_cast<double>(x[i]);
  }
};

// The first and second moments about the mean, which the sums of Values give.
template <class T>
struct CentredMoments {
  const T* x;
  const double* sums;
  double count;
  __device__ void add(std::int64_t channel, std::int64_t i, double& first, double& second) const {
    const double difference = static_cast<double>(x[i]) - sums[2 * channel] / count;
    first += difference;
    second += difference * difference;
  }
};

template <class T>
struct GradientTerms {
  const T* x;
  const T* grad_y;
  const T* mean;
  __device__ void add(std::int64_t channel, std::int64_t i, double& first, double& second) const {
    const auto grad = static_cast<double>(grad_y[i]);
    first += grad;
    second += grad * static_cast<double>(x[i] - mean[channel]);
  }
};

template <class T>
struct Statistics {
  T* running_mean;
  T* running_variance;
  T* mean;
  T* inverse_deviation;
};

template <class T>
__global__ void finish_statistics(std::int64_t channels, double count, double epsilon,
                                  double momentum, const double* sums, const double* moments,
                                  Statistics<T> statistics) {
  for (std::int64_t c = first_index(); c < channels; c += index_step()) {
    const double mean = sums[2 * c] / count + moments[2 * c] / count;
    const double correction = moments[2 * c] / count;
    const double centred = moments[2 * c + 1] / count - correction * correction;
    const double variance = centred < 0 ? 0 : centred;
    statistics.mean[c] = static_cast<T>(mean);
    statistics.inverse_deviation[c] = static_cast<T>(1 / std::sqrt(variance + epsilon));
    const auto move = [&](T& running, double value) {
      running = static_cast<T>((1 - momentum) * static_cast<double>(running) + momentum * value);
    };
    move(statistics.running_mean[c], mean);
    move(statistics.running_variance[c], variance * count / (count - 1));
  }
}

template <class T>
__global__ void invert_deviation(std::int64_t channels, double epsilon, const T* variance,
                                 T* inverse_deviation) {
  for (std::int64_t c = first_index(); c < channels; c += index_step()) {
    inverse_deviation[c] =
        static_cast<T>(1 / std::sqrt(static_cast<double>(variance[c]) + epsilon));
  }
}

template <class T>
__global__ void normalize(ChannelIndex index, std::int64_t n, const T* x, const T* weight,
                          const T* bias, const T* mean, const T* inverse_deviation, T* y) {
  for (std::int64_t i = first_index(); i < n; i += index_step()) {
    const std::int64_t c = index.channel(i);
    y[i] = (x[i] - mean[c]) * (inverse_deviation[c] * weight[c]) + bias[c];
  }
}

template <class T>
__global__ void parameter_gradients(std::int64_t channels, const double* sums,
                                    const T* inverse_deviation, T* grad_weight, T* grad_bias) {
  for (std::int64_t c = first_index(); c < channels; c += index_step()) {
    grad_bias[c] = static_cast<T>(sums[2 * c]);
    grad_weight[c] = static_cast<T>(sums[2 * c + 1] * static_cast<double>(inverse_deviation[c]));
  }
}

// grad_x = inverse · weight · (grad_y − mean(grad_y) − (x − mean) · mean(grad_y · (x − mean)) ·
// inverse²) in training, where mean and variance depend on x too; inverse · weight · grad_y in
// evaluation. inverse = 1 / √(variance + ε).
template <class T>
__global__ void input_gradient(ChannelIndex index, bool training, std::int64_t n, double count,
                               const double* sums, const T* x, const T* weight, const T* mean,
                               const T* inverse_deviation, const T* grad_y, T* grad_x) {
  for (std::int64_t i = first_index(); i < n; i += index_step()) {
    const std::int64_t c = index.channel(i);
    const T inverse = inverse_deviation[c];
    T grad = grad_y[i];
    if (training) {
      const T along_one = static_cast<T>(sums[2 * c] / count);
      const T along_x = static_cast<T>(sums[2 * c + 1] / count) * inverse * inverse;
      grad -= along_one + (x[i] - mean[c]) * along_x;
    }
    grad_x[i] = grad * (inverse * weight[c]);
  }
}

template <class T>
void apply(const NormalizationShape& shape, const T* x, const T* weight, const T* bias,
           const T* mean, const T* inverse_deviation, T* y) {
  const std::int64_t n = shape.channels * shape.count();
  if (n == 0) return;
  launch(kName, {blocks_for(n), elements<T>(n + 4 * shape.channels, n, 4 * n)}, &normalize<T>,
         channel_index(shape), n, x, weight, bias, mean, inverse_deviation, y);
}

template <class T>
void batch_norm_training_forward(const NormalizationShape& shape, double epsilon, double momentum,
                                 const T* x, const T* weight, const T* bias, T* running_mean,
                                 T* running_variance, T* y, T* mean, T* inverse_deviation) {
  if (shape.channels == 0) return;
  const auto count = static_cast<double>(shape.count());
  const Workspace<double> sums(2 * shape.channels);
  const Workspace<double> moments(2 * shape.channels);
  channel_sums<T>(kName, shape, Values<T>{x}, 1, sums.data());
  channel_sums<T>(kName, shape, CentredMoments<T>{x, sums.data(), count}, 1, moments.data());
  const device::Work work = elements<double>(3 * shape.channels, 0, 20 * shape.channels) +
                            elements<T>(2 * shape.channels, 4 * shape.channels);
  launch({kName, "statistics"}, {blocks_for(shape.channels), work}, &finish_statistics<T>,
         shape.channels, count, epsilon, momentum, static_cast<const double*>(sums.data()),
         static_cast<const double*>(moments.data()),
         Statistics<T>{running_mean, running_variance, mean, inverse_deviation});
  apply(shape, x, weight, bias, mean, inverse_deviation, y);
}

template <class T>
void batch_norm_forward(const NormalizationShape& shape, double epsilon, const T* x,
                        const T* weight, const T* bias, const T* mean, const T* variance, T* y,
                        T* inverse_deviation) {
  if (shape.channels == 0) return;
  // This runs for an empty batch too, because its backward pass reads the inverse deviation.
  const device::Work work = elements<T>(shape.channels, shape.channels, 3 * shape.channels);
  launch({kName, "statistics"}, {blocks_for(shape.channels), work}, &invert_deviation<T>,
         shape.channels, epsilon, variance, inverse_deviation);
  apply(shape, x, weight, bias, mean, static_cast<const T*>(inverse_deviation), y);
}

template <class T>
void batch_norm_backward(const NormalizationShape& shape, bool training, const T* x,
                         const T* weight, const T* mean, const T* inverse_deviation,
                         const T* grad_y, T* grad_x, T* grad_weight, T* grad_bias) {
  if (shape.channels == 0) return;
  const std::int64_t n = shape.channels * shape.count();
  const Workspace<double> sums(2 * shape.channels);
  channel_sums<T>(kName, shape, GradientTerms<T>{x, grad_y, mean}, 2, sums.data());
  const device::Work parameters = elements<double>(2 * shape.channels, 0, shape.channels) +
                                  elements<T>(shape.channels, 2 * shape.channels);
  launch({kName, "backward parameters"}, {blocks_for(shape.channels), parameters},
         &parameter_gradients<T>, shape.channels, static_cast<const double*>(sums.data()),
         inverse_deviation, grad_weight, grad_bias);
  if (grad_x == nullptr || n == 0) return;
  const device::Work work = elements<double>(2 * shape.channels, 0) +
                            elements<T>((training ? 2 : 1) * n + 3 * shape.channels, n, 8 * n);
  launch({kName, "backward"}, {blocks_for(n), work}, &input_gradient<T>, channel_index(shape),
         training, n, static_cast<double>(shape.count()), static_cast<const double*>(sums.data()),
         x, weight, mean, inverse_deviation, grad_y, grad_x);
}

template <class T>
void list(Kernels<T>& table) {
  table.batch_norm_training_forward = &batch_norm_training_forward<T>;
  table.batch_norm_forward = &batch_norm_forward<T>;
  table.batch_norm_backward = &batch_norm_backward<T>;
}

}  // namespace

void list_normalization(Kernels<float>& table) { list(table); }
void list_normalization(Kernels<double>& table) { list(table); }

}  // namespace credence::cuda
