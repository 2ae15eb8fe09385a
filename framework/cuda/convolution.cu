#include "framework/cuda/families.hpp"
#include "framework/cuda/loops.hpp"
#include "framework/cuda/products.hpp"
#include "framework/cuda/runtime.hpp"
#include "framework/cuda/workspace.hpp"
#include "framework/ops/formulas.hpp"

namespace credence::cuda {
namespace {

// A variance, which rounding in a fast convolution can leave below 0.
struct NotNegative {
  template <class T>
  constexpr T operator()(T x) const {
    return x < T(0) ? T(0) : x;
  }
};

constexpr std::int64_t volume(const Extents3& e) { return ConvolutionShape::volume(e); }

bool is_linear(const ConvolutionShape& s) {
  return s.groups == 1 && volume(s.input) == 1 && volume(s.kernel) == 1 && volume(s.output) == 1;
}

template <class T>
__global__ void add_to_channels(std::int64_t n, std::int64_t channels, std::int64_t channel_volume,
                                const T* bias, T* y) {
  for (std::int64_t i = first_index(); i < n; i += index_step()) {
    y[i] += bias[i / channel_volume % channels];
  }
}

// What is left of the bias once the product is made: cuBLAS adds one in single precision itself.
template <class T>
const T* product(const ConvolutionShape& s, const T* x, const T* weight, const T* bias, T* y) {
  if (!is_linear(s)) {
    convolution(s, x, weight, y);
    return bias;
  }
  constexpr bool kFused = std::is_same_v<T, float>;
  multiply<T>("linear", s.batch, s.out_channels, s.in_channels, {x, s.in_channels, 1},
          {weight, 1, s.in_channels}, kFused ? bias : nullptr, y);
  return kFused ? nullptr : bias;
}

template <class T>
void forward(const ConvolutionShape& s, const T* x, const T* weight, const T* bias, T* y) {
  if (s.output_numel() == 0) return;
  bias = product(s, x, weight, bias, y);
  if (bias == nullptr) return;
  launch("convolution", blocks_for(s.output_numel()), &add_to_channels<T>, s.output_numel(),
         s.out_channels, volume(s.output), bias, y);
}

template <class T>
void backward_data(const ConvolutionShape& s, const T* grad_y, const T* weight, T* grad_x) {
  if (s.input_numel() == 0) return;
  if (is_linear(s)) {
    multiply<T>("linear", s.batch, s.in_channels, s.out_channels, {grad_y, s.out_channels, 1},
            {weight, s.in_channels, 1}, nullptr, grad_x);
    return;
  }
  convolution_backward_data(s, grad_y, weight, grad_x);
}

template <class T>
void backward_weight(const ConvolutionShape& s, const T* x, const T* grad_y, T* grad_weight) {
  if (s.batch == 0) {
    fill(dtype_of<T>, reinterpret_cast<std::byte*>(grad_weight), s.weight_numel(), 0);
    return;
  }
  if (is_linear(s)) {
    multiply<T>("linear", s.out_channels, s.in_channels, s.batch, {grad_y, 1, s.out_channels},
            {x, s.in_channels, 1}, nullptr, grad_weight);
    return;
  }
  convolution_backward_weight(s, x, grad_y, grad_weight);
}

template <class T>
void backward_bias(const ConvolutionShape& s, const T* grad_y, T* grad_bias) {
  const std::int64_t positions = volume(s.output);
  kernels<T>(Device::cuda)
      .sum_to(broadcast_loop({s.batch, s.out_channels, positions}, {s.out_channels, 1}, "bias"),
              grad_y, grad_bias);
}

template <class T>
Workspace<T> square(const ConvolutionShape& s, const T* x) {
  Workspace<T> squares(s.input_numel());
  kernels<T>(Device::cuda)
      .pointwise_forward[pointwise::kEntry<pointwise::Square>.index]({}, s.input_numel(), x,
                                                                     squares.data());
  return squares;
}

template <class T>
void moments_forward(const ConvolutionShape& s, const T* x, const T* weight_mean,
                     const T* weight_variance, const T* bias, T* mean, T* variance) {
  const Workspace<T> squares = square(s, x);
  forward(s, x, weight_mean, bias, mean);
  forward<T>(s, squares.data(), weight_variance, nullptr, variance);
  map("moments", s.output_numel(), variance, NotNegative{}, static_cast<const T*>(variance));
}

template <class T>
void moments_backward_data(const ConvolutionShape& s, const T* x, const T* weight_mean,
                           const T* weight_variance, const T* grad_mean, const T* grad_variance,
                           T* grad_x) {
  const Workspace<T> through_variance(s.input_numel());
  backward_data(s, grad_mean, weight_mean, grad_x);
  backward_data(s, grad_variance, weight_variance, through_variance.data());
  map("moments", s.input_numel(), grad_x, formulas::MomentsGradient{},
      static_cast<const T*>(grad_x), static_cast<const T*>(through_variance.data()), x);
}

template <class T>
void moments_backward_weight(const ConvolutionShape& s, const T* x, const T* grad_mean,
                             const T* grad_variance, T* grad_weight_mean, T* grad_weight_variance) {
  const Workspace<T> squares = square(s, x);
  backward_weight(s, x, grad_mean, grad_weight_mean);
  backward_weight<T>(s, squares.data(), grad_variance, grad_weight_variance);
}

template <class T>
void list(Kernels<T>& table) {
  table.convolution_forward = &forward<T>;
  table.convolution_backward_data = &backward_data<T>;
  table.convolution_backward_weight = &backward_weight<T>;
  table.convolution_backward_bias = &backward_bias<T>;
  table.moments_forward = &moments_forward<T>;
  table.moments_backward_data = &moments_backward_data<T>;
  table.moments_backward_weight = &moments_backward_weight<T>;
}

}  // namespace

void list_convolution(Kernels<float>& table) { list(table); }
void list_convolution(Kernels<double>& table) { list(table); }

}  // namespace credence::cuda
