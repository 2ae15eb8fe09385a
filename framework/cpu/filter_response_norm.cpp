// Filter response normalisation (Singh and Krishnan 2020, arXiv 1911.09737) of arrays [batch,
// channels, volume], and the activation f that follows:
//   y = f(z) with z = x̂ · weight + bias and x̂ = x / √(mean(x²) + ε)
// The mean is over the plane of one channel in one image. With g = f'(z) · dy and means over the
// plane, the gradients are
//   dx = (g − x̂ · mean(g · x̂)) · weight / √(mean(x²) + ε),  dweight = Σ g · x̂,  dbias = Σ g
// where the sums are over the images too. Each plane stays in the cache from its first pass to its
// last. The backward pass works z out again, so that no pass stores it.
#include "framework/cpu/channel_group.hpp"
#include "framework/cpu/epilogue.hpp"
#include "framework/cpu/families.hpp"

namespace credence::cpu {
namespace CREDENCE_ISA {
namespace {

// The plane of one channel in one image, as the only channel of a group: the planes are the
// channels of a single image.
template <class T>
ChannelGroup<T> plane_of(const NormalizationShape& shape, std::int64_t image,
                         std::int64_t channel) {
  return {{1, shape.batch * shape.channels, shape.volume}, image * shape.channels + channel, 1};
}

// How many parts of so many elements one range of a parallel loop takes.
std::int64_t parts_per_range(std::int64_t elements) {
  return elements + 1 >= kGrain ? 1 : kGrain / (elements + 1);
}

// The first lane, which has the sum over a plane.
template <class T>
T first_lane(Lanes<T> x) {
  T value;
  store_partial(&value, x, 1);
  return value;
}

// Whether the sum of squares of a plane is to be taken in double precision, because it left the
// range of float32.
bool leaves_range(Vec sum) { return !all_finite(sum); }
bool leaves_range(double) { return false; }

template <class T>
T inverse_root_of(const ChannelGroup<T>& plane, double epsilon, const T* x) {
  using V = Lanes<T>;
  const auto count = static_cast<double>(plane.shape.volume);
  V squares[1];
  plane.reduce(
      squares, [](V(&s)[1], V v) { s[0] = s[0] + v * v; }, x);
  if (!leaves_range(squares[0])) return first_lane<T>(inverse_root(squares[0] / V(count), epsilon));
  double sum = 0;
  for (std::int64_t i = 0; i < plane.shape.volume; ++i) {
    const auto value = static_cast<double>(x[plane.row(0) + i]);
    sum += value * value;
  }
  return static_cast<T>(inverse_root(sum / count, epsilon));
}

// out = x̂ · weight + bias of one plane.
template <class T>
void scale_plane(const ChannelGroup<T>& plane, T inverse, T weight, T bias, const T* x, T* out) {
  using V = Lanes<T>;
  plane.map_rows(
      out, [scale = V(inverse * weight), shift = V(bias)](V v) { return v * scale + shift; }, x);
}

template <class T>
void forward(const NormalizationShape& shape, double epsilon,
             const pointwise::RecomputedActivation* activation, const T* x, const T* weight,
             const T* bias, T* y, T* inverse_root) {
  parallel_for(shape.batch * shape.channels, parts_per_range(shape.volume),
               [=](std::int64_t begin, std::int64_t end) {
                 for (std::int64_t p = begin; p < end; ++p) {
                   const std::int64_t c = p % shape.channels;
                   const auto plane = plane_of<T>(shape, p / shape.channels, c);
                   inverse_root[p] = inverse_root_of(plane, epsilon, x);
                   scale_plane(plane, inverse_root[p], weight[c], bias[c], x, y);
                   if (activation != nullptr) {
                     activate_all(*activation, shape.volume, y + plane.row(0));
                   }
                 }
               });
}

// The sums of a channel's gradients over its images.
struct ChannelGradients {
  double weight = 0;
  double bias = 0;
};

template <class T>
struct Backward {
  using V = Lanes<T>;

  NormalizationShape shape;
  const pointwise::RecomputedActivation* activation;
  const T* x;
  const T* weight;
  const T* bias;
  const T* inverse_root;
  const T* grad_y;
  T* grad_x;

  // Writes grad_x of one plane and adds to the channel's sums.
  void run(std::int64_t image, std::int64_t c, ChannelGradients& gradients) const {
    const auto plane = plane_of<T>(shape, image, c);
    const T inverse = inverse_root[plane.first];
    // g of the file's comment: with an activation, grad_x holds z first, then g.
    const T* gradient = grad_y;
    if (activation != nullptr) {
      scale_plane(plane, inverse, weight[c], bias[c], x, grad_x);
      const std::int64_t row = plane.row(0);
      activate_backward_at_all(*activation, shape.volume, grad_x + row, grad_y + row, grad_x + row);
      gradient = grad_x;
    }
    V sums[2];
    plane.reduce(
        sums,
        [root = V(inverse)](V(&s)[2], V g, V v) {
          s[0] = s[0] + g;
          s[1] = s[1] + g * (v * root);
        },
        gradient, x);
    const T along_x = first_lane<T>(sums[1]);
    gradients.bias += static_cast<double>(first_lane<T>(sums[0]));
    gradients.weight += static_cast<double>(along_x);
    plane.map_rows(
        grad_x,
        [root = V(inverse), scale = V(inverse * weight[c]),
         mean = V(along_x / static_cast<T>(shape.volume))](V g, V v) {
          return (g - (v * root) * mean) * scale;
        },
        gradient, x);
  }
};

template <class T>
void backward(const NormalizationShape& shape, const pointwise::RecomputedActivation* activation,
              const T* x, const T* weight, const T* bias, const T* inverse_root, const T* grad_y,
              T* grad_x, T* grad_weight, T* grad_bias) {
  const Backward<T> pass{shape, activation, x, weight, bias, inverse_root, grad_y, grad_x};
  parallel_for(shape.channels, parts_per_range(shape.count()),
               [=](std::int64_t begin, std::int64_t end) {
                 for (std::int64_t c = begin; c < end; ++c) {
                   ChannelGradients gradients;
                   for (std::int64_t image = 0; image < shape.batch; ++image) {
                     pass.run(image, c, gradients);
                   }
                   grad_weight[c] = static_cast<T>(gradients.weight);
                   grad_bias[c] = static_cast<T>(gradients.bias);
                 }
               });
}

template <class T>
void list(Kernels<T>& table) {
  table.filter_response_norm_forward = &forward<T>;
  table.filter_response_norm_backward = &backward<T>;
}

}  // namespace

void list_filter_response_norm(Kernels<Element>& table) { list(table); }

}  // namespace CREDENCE_ISA
}  // namespace credence::cpu
