// Batch normalisation (Ioffe and Szegedy 2015, arXiv 1502.03167) of arrays [batch, channels,
// volume]:
//   y = x̂ · weight + bias with x̂ = (x − mean) / √(variance + ε)
// The mean and the variance of a channel are those of the batch in training, else the running ones.
// The gradient in training, with means over the n elements of the channel, is
//   dx = (dy − mean(dy) − x̂ · mean(dy · x̂)) · weight / √(variance + ε)
#include "framework/cpu/channel_group.hpp"
#include "framework/cpu/families.hpp"

namespace credence::cpu {
namespace CREDENCE_ISA {
namespace {

template <class T, class Body>
void for_each_group(const NormalizationShape& shape, Body body) {
  const std::int64_t width = across_channels<T>(shape) ? kWidth<T> / shape.volume : 1;
  const std::int64_t groups = (shape.channels + width - 1) / width;
  const std::int64_t elements = shape.count() * width + 1;
  parallel_for(groups, elements >= kGrain ? 1 : kGrain / elements,
               [&](std::int64_t begin, std::int64_t end) {
                 for (std::int64_t g = begin; g < end; ++g) {
                   const std::int64_t first = g * width;
                   const std::int64_t left = shape.channels - first;
                   body(ChannelGroup<T>{shape, first, left < width ? left : width});
                 }
               });
}

// Where training stores the statistics of each channel.
struct Statistics {
  float* running_mean;
  float* running_variance;
  float* mean;
  float* inverse_deviation;
};

// Computes the statistics of a group of channels in double precision. It serves channels whose
// squares or sums leave the range of float32, such as those with elements of 1e20. Infinities and
// NaN in x reach the statistics.
void wide_statistics(const ChannelGroup<float>& group, double epsilon, double momentum,
                     const float* x, const Statistics& statistics) {
  const NormalizationShape& shape = group.shape;
  const auto count = static_cast<double>(shape.count());
  for (std::int64_t c = group.first; c < group.first + group.count; ++c) {
    const auto mean_over_channel = [&](auto term) {
      double sum = 0;
      for (std::int64_t image = 0; image < shape.batch; ++image) {
        const float* const values = x + (image * shape.channels + c) * shape.volume;
        for (std::int64_t i = 0; i < shape.volume; ++i) sum += term(static_cast<double>(values[i]));
      }
      return sum / count;
    };
    const double mean = mean_over_channel([](double v) { return v; });
    const double variance = mean_over_channel([=](double v) { return (v - mean) * (v - mean); });
    statistics.mean[c] = static_cast<float>(mean);
    statistics.inverse_deviation[c] = static_cast<float>(inverse_root(variance, epsilon));
    const auto move = [=](float& running, double value) {
      running =
          static_cast<float>((1 - momentum) * static_cast<double>(running) + momentum * value);
    };
    move(statistics.running_mean[c], mean);
    move(statistics.running_variance[c], variance * count / (count - 1));
  }
}

// The statistics take two passes: the mean first, then the moments about it, which also correct the
// rounding of the mean. The channel is still in the cache for the second pass and for normalising.
template <class T>
void batch_norm_training_forward(const NormalizationShape& shape, double epsilon, double momentum,
                                 const T* x, const T* weight, const T* bias, T* running_mean,
                                 T* running_variance, T* y, T* mean, T* inverse_deviation) {
  using V = Lanes<T>;
  const V count(static_cast<double>(shape.count()));
  const V unbiased(static_cast<double>(shape.count()) / static_cast<double>(shape.count() - 1));
  for_each_group<T>(shape, [=](const ChannelGroup<T>& group) {
    V sum[1];
    group.reduce(
        sum, [](V(&s)[1], V v) { s[0] = s[0] + v; }, x);
    const V centre = sum[0] / count;
    V moments[2];
    group.reduce(
        moments,
        [=](V(&s)[2], V v) {
          const V difference = v - centre;
          s[0] = s[0] + difference;
          s[1] = s[1] + difference * difference;
        },
        x);
    if constexpr (std::is_same_v<T, float>) {
      if (!all_finite(moments[1])) {
        wide_statistics(group, epsilon, momentum, x,
                        {running_mean, running_variance, mean, inverse_deviation});
        group.normalize(x, group.load_parameter(mean),
                        group.load_parameter(inverse_deviation) * group.load_parameter(weight),
                        group.load_parameter(bias), y);
        return;
      }
    }
    using credence::where;  // the scalar one; ADL finds that of Vec
    const V correction = moments[0] / count;
    const V m = centre + correction;
    V variance = moments[1] / count - correction * correction;
    variance = where(variance < V(0), V(0), variance);
    const V inverse = inverse_root(variance, epsilon);
    group.store_parameter(mean, m);
    group.store_parameter(inverse_deviation, inverse);
    const auto move = [&](T* running, V value) {
      const V before = group.load_parameter(running);
      group.store_parameter(running, V(1 - momentum) * before + V(momentum) * value);
    };
    move(running_mean, m);
    move(running_variance, variance * unbiased);
    group.normalize(x, m, inverse * group.load_parameter(weight), group.load_parameter(bias), y);
  });
}

template <class T>
void batch_norm_forward(const NormalizationShape& shape, double epsilon, const T* x,
                        const T* weight, const T* bias, const T* mean, const T* variance, T* y,
                        T* inverse_deviation) {
  for_each_group<T>(shape, [=](const ChannelGroup<T>& group) {
    const auto inverse = inverse_root(group.load_parameter(variance), epsilon);
    group.store_parameter(inverse_deviation, inverse);
    group.normalize(x, group.load_parameter(mean), inverse * group.load_parameter(weight),
                    group.load_parameter(bias), y);
  });
}

template <class T>
void batch_norm_backward(const NormalizationShape& shape, bool training, const T* x,
                         const T* weight, const T* mean, const T* inverse_deviation,
                         const T* grad_y, T* grad_x, T* grad_weight, T* grad_bias) {
  using V = Lanes<T>;
  const V count(static_cast<double>(shape.count()));
  for_each_group<T>(shape, [=](const ChannelGroup<T>& group) {
    const V m = group.load_parameter(mean);
    const V inverse = group.load_parameter(inverse_deviation);
    V sums[2];
    group.reduce(
        sums,
        [=](V(&s)[2], V grad, V v) {
          s[0] = s[0] + grad;
          s[1] = s[1] + grad * (v - m);
        },
        grad_y, x);
    group.store_parameter(grad_bias, sums[0]);
    group.store_parameter(grad_weight, sums[1] * inverse);
    if (grad_x == nullptr) return;
    const V scale = inverse * group.load_parameter(weight);
    if (!training) {
      group.map_rows(
          grad_x, [=](V grad) { return grad * scale; }, grad_y);
      return;
    }
    // The mean and the variance depend on x as well, so the gradient has no part along 1 and none
    // along x - m.
    const V along_one = sums[0] / count;
    const V along_x = sums[1] * inverse * inverse / count;
    group.map_rows(
        grad_x, [=](V grad, V v) { return (grad - along_one - (v - m) * along_x) * scale; }, grad_y,
        x);
  });
}

template <class T>
void list(Kernels<T>& table) {
  table.batch_norm_training_forward = &batch_norm_training_forward<T>;
  table.batch_norm_forward = &batch_norm_forward<T>;
  table.batch_norm_backward = &batch_norm_backward<T>;
}

}  // namespace

void list_normalization(Kernels<Element>& table) { list(table); }

}  // namespace CREDENCE_ISA
}  // namespace credence::cpu
