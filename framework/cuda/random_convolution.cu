// A layer whose outputs are drawn from their moments, mean = conv(x, μ) + bias and variance =
// conv(x², σ²), and its gradients (local reparametrisation: Kingma et al. 2015, arXiv 1506.02557).
// What several passes need is computed once: `saved` hands it on from the forward to the backward
// pass.
#include "framework/cuda/families.hpp"
#include "framework/cuda/layer_noise.hpp"
#include "framework/cuda/loops.hpp"
#include "framework/cuda/paired_linear.hpp"
#include "framework/cuda/parts.hpp"
#include "framework/cuda/random_convolution.hpp"
#include "framework/cuda/rounding.hpp"
#include "framework/formulas/noise.hpp"

namespace credence::cuda {
namespace {

// The parts of `saved`, for numbers of type T, factors of type F and products of type R. Where F is
// T, the numbers are factors already, and the null pointers are for what need not be saved.
template <class T, class F, class R>
struct Saved {
  static constexpr bool kRounded = !std::is_same_v<F, T>;

  Moments<R*> moments{};  // of the output
  // Of the output's moments; in place of them where their type is the same.
  Moments<F*> gradients{};
  Moments<F*> inputs{};   // x and x²
  Moments<F*> weights{};  // means and variances
  std::int64_t bytes;

  Saved(const ConvolutionShape& s, void* saved) {
    Parts parts(saved);
    if constexpr (kRounded) {
      moments = {parts.take<R>(s.output_numel()), parts.take<R>(s.output_numel())};
      if constexpr (std::is_same_v<F, R>) {
        gradients = moments;
      } else {
        gradients = {parts.take<F>(s.output_numel()), parts.take<F>(s.output_numel())};
      }
      inputs = {parts.take<F>(s.input_numel()), parts.take<F>(s.input_numel())};
      weights = {parts.take<F>(s.weight_numel()), parts.take<F>(s.weight_numel())};
    } else {
      moments.variance = parts.take<R>(s.output_numel());
      gradients.variance = moments.variance;
      inputs.variance = parts.take<F>(s.input_numel());
    }
    bytes = parts.bytes();
  }
};

// Calls body(parts of `saved`) with the types of the layer's factors and products.
template <class T, class Body>
void with_saved(const ConvolutionShape& s, const T* saved, Body body) {
  with_factor_type<T>([&]<class F>() {
    with_product_type<F>(s, [&]<class R>() { body(Saved<T, F, R>(s, const_cast<T*>(saved))); });
  });
}

template <class T>
std::int64_t saved_numel(const ConvolutionShape& s) {
  if (is_paired(s)) return paired_saved<T>(s);
  std::int64_t numel = 0;
  with_saved<T>(s, nullptr, [&](const auto& parts) {
    numel = parts.bytes / static_cast<std::int64_t>(sizeof(T));
  });
  return numel;
}

template <class T>
void forward(const ConvolutionShape& s, const OutputNoise& noise, const T* x, const T* weight_mean,
             const T* weight_variance, const T* bias, T* y, T* saved) {
  if (is_paired(s)) {
    return paired_forward(s, noise, x, weight_mean, weight_variance, bias, y, saved);
  }
  with_saved<T>(s, saved, [&]<class F, class R>(const Saved<T, F, R>& parts) {
    square(s.input_numel(), x, parts.inputs.mean, parts.inputs.variance);
    R* mean = parts.moments.mean;
    if constexpr (Saved<T, F, R>::kRounded) {
      round_both(s.weight_numel(), {weight_mean, weight_variance}, parts.weights);
    } else {
      mean = y;
    }
    forward_product(s, factor_of<F>(parts.inputs.mean, x),
                    factor_of<F>(parts.weights.mean, weight_mean), mean);
    forward_product<F>(s, parts.inputs.variance,
                       factor_of<F>(parts.weights.variance, weight_variance),
                       parts.moments.variance);
    const std::int64_t n = s.output_numel();
    draw_outputs<T, R>(noise, {bias, s.out_channels, ConvolutionShape::volume(s.output)}, n,
                       {mean, parts.moments.variance}, y);
  });
}

template <class T>
void backward_output(const ConvolutionShape& s, const OutputNoise& noise, const T* y,
                     const T* grad_y, T* saved, T* grad_mean) {
  if (is_paired(s)) return paired_backward_output(s, noise, y, grad_y, saved, grad_mean);
  with_saved<T>(s, saved, [&]<class F, class R>(const Saved<T, F, R>& parts) {
    output_gradients<T, R, F>(noise, s.output_numel(), y, grad_y, parts.moments.variance, grad_mean,
                              {parts.gradients.mean, parts.gradients.variance});
  });
}

template <class T>
void backward_data(const ConvolutionShape& s, const T* x, const T* weight_mean,
                   const T* weight_variance, const T* grad_mean, const T* saved, T* grad_x) {
  if (is_paired(s)) {
    return paired_backward_data(s, x, weight_mean, weight_variance, saved, grad_x);
  }
  with_saved<T>(s, saved, [&]<class F, class R>(const Saved<T, F, R>& parts) {
    moments_data_gradient<F>(
        s, x,
        {factor_of<F>(parts.weights.mean, weight_mean),
         factor_of<F>(parts.weights.variance, weight_variance)},
        {factor_of<F>(parts.gradients.mean, grad_mean), parts.gradients.variance}, grad_x);
  });
}

template <class T>
void backward_weight(const ConvolutionShape& s, const T* x, const T* grad_mean, const T* saved,
                     T* grad_weight_mean, T* grad_weight_variance) {
  if (is_paired(s)) return paired_backward_weight(s, saved, grad_weight_mean, grad_weight_variance);
  with_saved<T>(s, saved, [&]<class F, class R>(const Saved<T, F, R>& parts) {
    moments_weight_gradient<F>(
        s, {factor_of<F>(parts.inputs.mean, x), parts.inputs.variance},
        {factor_of<F>(parts.gradients.mean, grad_mean), parts.gradients.variance},
        {grad_weight_mean, grad_weight_variance});
  });
}

template <class T>
void list(Kernels<T>& table) {
  table.random_convolution_saved = &saved_numel<T>;
  table.random_convolution_forward = &forward<T>;
  table.random_convolution_backward_output = &backward_output<T>;
  table.random_convolution_backward_data = &backward_data<T>;
  table.random_convolution_backward_weight = &backward_weight<T>;
}

// y = MomentsGradient of products in another type.
template <class T, class R>
__global__ void combine(std::int64_t n, Moments<const R*> through, const T* x, T* y) {
  for (std::int64_t i = first_index(); i < n; i += index_step()) {
    y[i] = formulas::MomentsGradient{}(T(loaded(through.mean[i])), T(loaded(through.variance[i])),
                                       x[i]);
  }
}

}  // namespace

template <class F>
void moments_data_gradient(const ConvolutionShape& s, const SumOf<F>* x,
                           const Moments<const F*>& weights, const Moments<const F*>& grad,
                           SumOf<F>* grad_x) {
  using T = SumOf<F>;
  const std::int64_t n = s.input_numel();
  if (n == 0) return;
  with_product_type<F>(s, [&]<class R>() {
    const Workspace<R> variance(n);
    if constexpr (std::is_same_v<R, T>) {
      data_product(s, grad.mean, weights.mean, grad_x);
      data_product(s, grad.variance, weights.variance, variance.data());
      map("moments", n, grad_x, formulas::MomentsGradient{}, static_cast<const T*>(grad_x),
          static_cast<const T*>(variance.data()), x);
    } else {
      const Workspace<R> mean(n);
      data_product(s, grad.mean, weights.mean, mean.data());
      data_product(s, grad.variance, weights.variance, variance.data());
      launch("moments", {blocks_for(n), elements<R>(2 * n, 0) + elements<T>(n, n, n)},
             &combine<T, R>, n, Moments<const R*>{mean.data(), variance.data()}, x, grad_x);
    }
  });
}

template <class F>
void moments_weight_gradient(const ConvolutionShape& s, const Moments<const F*>& inputs,
                             const Moments<const F*>& grad,
                             const Moments<SumOf<F>*>& grad_weights) {
  with_product_type<F>(s, [&]<class R>() {
    if constexpr (std::is_same_v<R, SumOf<F>>) {
      weight_product(s, inputs.mean, grad.mean, grad_weights.mean);
      weight_product(s, inputs.variance, grad.variance, grad_weights.variance);
    } else {
      const std::int64_t n = s.weight_numel();
      const Workspace<R> mean(n);
      const Workspace<R> variance(n);
      weight_product(s, inputs.mean, grad.mean, mean.data());
      weight_product(s, inputs.variance, grad.variance, variance.data());
      widen_both(n, {mean.data(), variance.data()}, grad_weights);
    }
  });
}

template void moments_data_gradient(const ConvolutionShape&, const float*,
                                    const Moments<const float*>&, const Moments<const float*>&,
                                    float*);
template void moments_data_gradient(const ConvolutionShape&, const double*,
                                    const Moments<const double*>&, const Moments<const double*>&,
                                    double*);
template void moments_data_gradient(const ConvolutionShape&, const float*,
                                    const Moments<const BFloat16*>&,
                                    const Moments<const BFloat16*>&, float*);
template void moments_weight_gradient(const ConvolutionShape&, const Moments<const float*>&,
                                      const Moments<const float*>&, const Moments<float*>&);
template void moments_weight_gradient(const ConvolutionShape&, const Moments<const double*>&,
                                      const Moments<const double*>&, const Moments<double*>&);
template void moments_weight_gradient(const ConvolutionShape&, const Moments<const BFloat16*>&,
                                      const Moments<const BFloat16*>&, const Moments<float*>&);

void list_random_convolution(Kernels<float>& table) { list(table); }
void list_random_convolution(Kernels<double>& table) { list(table); }

}  // namespace credence::cuda
