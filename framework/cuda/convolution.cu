// Convolutions and fully connected layers, y = activation(conv(x, w) + bias), the products of
// Bayesian layers, mean = conv(x, μ) + bias and variance = conv(x², σ²), and their gradients. The
// products themselves are in products.cu. The formulas of the Bayesian layer are from Kingma et al.
// 2015, arXiv 1506.02557.
#include "framework/cuda/epilogue.hpp"
#include "framework/cuda/families.hpp"
#include "framework/cuda/loops.hpp"
#include "framework/cuda/products.hpp"
#include "framework/cuda/runtime/runtime.hpp"
#include "framework/cuda/runtime/workspace.hpp"
#include "framework/cuda/table.hpp"
#include "framework/formulas/noise.hpp"

namespace credence::cuda {
namespace {

constexpr std::int64_t volume(const Extents3& e) { return ConvolutionShape::volume(e); }

bool is_linear(const ConvolutionShape& s) {
  return s.groups == 1 && volume(s.input) == 1 && volume(s.kernel) == 1 && volume(s.output) == 1;
}

template <class T>
void clear(std::int64_t n, T* x) {
  if (n > 0) fill(dtype_of<T>, reinterpret_cast<std::byte*>(x), n, 0);
}

template <class T, class Activation>
__global__ void finish(std::int64_t n, ChannelBias<T> bias, Activation activation, T* y) {
  for (std::int64_t i = first_index(); i < n; i += index_step()) {
    y[i] = activation.forward(y[i] + bias(i));
  }
}

template <class T>
ChannelBias<T> channel_bias(const ConvolutionShape& s, const T* bias) {
  return {bias, s.out_channels, volume(s.output)};
}

// Computes the product and as much of the epilogue as its library supports. Returns the rest of the
// epilogue.
template <class T>
Epilogue<T> product(const ConvolutionShape& s, const Factor<T>& x, const T* weight,
                    const Epilogue<T>& epilogue, T* y) {
  const bool relu =
      epilogue.activation != nullptr && epilogue.activation->template is<pointwise::Relu>();
  const Epilogue<T> without{nullptr, relu ? nullptr : epilogue.activation};
  if (is_linear(s)) {
    // cuBLASLt adds a bias in single precision only.
    const bool fused = std::is_same_v<T, float> && (epilogue.bias != nullptr || relu);
    multiply<T>("linear", s.batch, s.out_channels, s.in_channels, {x, s.in_channels, 1},
                {weight, 1, s.in_channels}, fused ? epilogue.bias : nullptr, fused && relu, y);
    return fused ? without : epilogue;
  }
  return convolution<T>(s, x, weight, epilogue.bias, relu, y) ? without : epilogue;
}

template <class T>
void finished_product(const ConvolutionShape& s, const Factor<T>& x, const T* weight,
                      const Epilogue<T>& epilogue, T* y) {
  if (s.output_numel() == 0) return;
  if (s.empty()) clear(s.output_numel(), y);
  const Epilogue<T> rest = s.empty() ? epilogue : product(s, x, weight, epilogue, y);
  if (rest.bias == nullptr && rest.activation == nullptr) return;
  with_activation(rest.activation, [&]<class Activation>(const Activation& activation) {
    const std::int64_t n = s.output_numel();
    const std::int64_t biases = rest.bias == nullptr ? 0 : s.out_channels;
    launch({"convolution", "epilogue"}, {blocks_for(n), elements<T>(n + biases, n, 2 * n)},
           &finish<T, Activation>, n, channel_bias(s, rest.bias), activation, y);
  });
}

template <class T>
void forward(const ConvolutionShape& s, const T* x, const T* weight, const Epilogue<T>& epilogue,
             T* y) {
  finished_product<T>(s, x, weight, epilogue, y);
}

template <class T>
void backward_data(const ConvolutionShape& s, const T* grad_y, const T* weight, T* grad_x) {
  if (s.empty()) {
    clear(s.input_numel(), grad_x);
    return;
  }
  if (is_linear(s)) {
    multiply<T>("linear", s.batch, s.in_channels, s.out_channels, {grad_y, s.out_channels, 1},
                {weight, s.in_channels, 1}, nullptr, false, grad_x);
    return;
  }
  convolution_backward_data(s, grad_y, weight, grad_x);
}

template <class T>
void weight_gradient(const ConvolutionShape& s, const Factor<T>& x, const T* grad_y,
                     T* grad_weight) {
  if (s.empty()) {
    clear(s.weight_numel(), grad_weight);
    return;
  }
  if (is_linear(s)) {
    multiply<T>("linear", s.out_channels, s.in_channels, s.batch, {grad_y, 1, s.out_channels},
                {x, s.in_channels, 1}, nullptr, false, grad_weight);
    return;
  }
  convolution_backward_weight<T>(s, x, grad_y, grad_weight);
}

template <class T>
void backward_weight(const ConvolutionShape& s, const T* x, const T* grad_y, T* grad_weight) {
  weight_gradient<T>(s, x, grad_y, grad_weight);
}

template <class T>
void backward_bias(const ConvolutionShape& s, const T* grad_y, T* grad_bias) {
  const std::int64_t positions = volume(s.output);
  kernels_of<T>().sum_to(
      broadcast_loop({s.batch, s.out_channels, positions}, {s.out_channels, 1}, "bias"), grad_y,
      grad_bias);
}

template <class T>
Factor<T> squares_of(const T* x) {
  return {x, true};
}

template <class T>
void moments_forward(const ConvolutionShape& s, const T* x, const T* weight_mean,
                     const T* weight_variance, const T* bias, T* mean, T* variance) {
  // ReLU, because rounding in a fast convolution can leave a variance below 0.
  const pointwise::FusedActivation not_negative({pointwise::kEntry<pointwise::Relu>, {}});
  forward(s, x, weight_mean, {bias}, mean);
  finished_product<T>(s, squares_of(x), weight_variance, {nullptr, &not_negative}, variance);
}

template <class T>
void random_forward(const ConvolutionShape& s, const OutputNoise& noise, const T* x,
                    const T* weight_mean, const T* weight_variance, const T* bias, T* y,
                    T* variance) {
  // The kernel that draws the noise adds the bias, because it reads all outputs anyway.
  forward(s, x, weight_mean, {}, y);
  finished_product<T>(s, squares_of(x), weight_variance, {}, variance);
  draw_outputs(noise, channel_bias(s, bias), s.output_numel(), variance, y);
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
  backward_weight(s, x, grad_mean, grad_weight_mean);
  weight_gradient<T>(s, squares_of(x), grad_variance, grad_weight_variance);
}

template <class T>
void list(Kernels<T>& table) {
  table.convolution_forward = &forward<T>;
  table.convolution_backward_data = &backward_data<T>;
  table.convolution_backward_weight = &backward_weight<T>;
  table.convolution_backward_bias = &backward_bias<T>;
  table.moments_forward = &moments_forward<T>;
  table.random_convolution_forward = &random_forward<T>;
  table.moments_backward_data = &moments_backward_data<T>;
  table.moments_backward_weight = &moments_backward_weight<T>;
}

}  // namespace

void list_convolution(Kernels<float>& table) { list(table); }
void list_convolution(Kernels<double>& table) { list(table); }

}  // namespace credence::cuda
