// Convolutions and fully connected layers, y = activation(conv(x, w) + bias), the moments of
// Bayesian layers, mean = conv(x, μ) + bias and variance = conv(x², σ²), and their gradients. The
// products themselves are in products.cu. The formulas of the Bayesian layer are from Kingma et al.
// 2015, arXiv 1506.02557.
#include "framework/cuda/families.hpp"
#include "framework/cuda/random_convolution.hpp"
#include "framework/cuda/table.hpp"

namespace credence::cuda {
namespace {

template <class T>
void forward(const ConvolutionShape& s, const T* x, const T* weight, const Epilogue<T>& epilogue,
             T* y) {
  with_factor_type<T>([&]<class F>() {
    const Factors<F> input(s.input_numel(), x);
    const Factors<F> weights(s.weight_numel(), weight);
    finished_product(s, input.data(), weights.data(), epilogue, y);
  });
}

template <class T>
void backward_data(const ConvolutionShape& s, const T* grad_y, const T* weight, T* grad_x) {
  with_factor_type<T>([&]<class F>() {
    const Factors<F> gradient(s.output_numel(), grad_y);
    const Factors<F> weights(s.weight_numel(), weight);
    data_product(s, gradient.data(), weights.data(), grad_x);
  });
}

template <class T>
void backward_weight(const ConvolutionShape& s, const T* x, const T* grad_y, T* grad_weight) {
  with_factor_type<T>([&]<class F>() {
    const Factors<F> input(s.input_numel(), x);
    const Factors<F> gradient(s.output_numel(), grad_y);
    weight_product(s, input.data(), gradient.data(), grad_weight);
  });
}

template <class T>
void backward_bias(const ConvolutionShape& s, const T* grad_y, T* grad_bias) {
  const std::int64_t positions = ConvolutionShape::volume(s.output);
  kernels_of<T>().sum_to(
      broadcast_loop({s.batch, s.out_channels, positions}, {s.out_channels, 1}, "bias"), grad_y,
      grad_bias);
}

// x and its squares as factors, in working memory where they are not x itself.
template <class F>
class Inputs {
 public:
  Inputs(std::int64_t n, const SumOf<F>* x)
      : rounded_(std::is_same_v<F, BFloat16> ? n : 0), squares_(n) {
    square(n, x, rounded_.data(), squares_.data());
    factors_ = {factor_of<F>(rounded_.data(), x), squares_.data()};
  }
  const Moments<const F*>& factors() const { return factors_; }

 private:
  Workspace<F> rounded_;
  Workspace<F> squares_;
  Moments<const F*> factors_;
};

template <class T>
void moments_forward(const ConvolutionShape& s, const T* x, const T* weight_mean,
                     const T* weight_variance, const T* bias, T* mean, T* variance) {
  // ReLU, because rounding in a fast convolution can leave a variance below 0.
  const pointwise::FusedActivation not_negative({pointwise::kEntry<pointwise::Relu>, {}});
  with_factor_type<T>([&]<class F>() {
    const Inputs<F> input(s.input_numel(), x);
    const Factors<F> means(s.weight_numel(), weight_mean);
    const Factors<F> variances(s.weight_numel(), weight_variance);
    finished_product(s, input.factors().mean, means.data(), {bias}, mean);
    finished_product(s, input.factors().variance, variances.data(), {nullptr, &not_negative},
                     variance);
  });
}

template <class T>
void moments_backward_data(const ConvolutionShape& s, const T* x, const T* weight_mean,
                           const T* weight_variance, const T* grad_mean, const T* grad_variance,
                           T* grad_x) {
  with_factor_type<T>([&]<class F>() {
    const Factors<F> through_mean(s.output_numel(), grad_mean);
    const Factors<F> through_variance(s.output_numel(), grad_variance);
    const Factors<F> means(s.weight_numel(), weight_mean);
    const Factors<F> variances(s.weight_numel(), weight_variance);
    moments_data_gradient<F>(s, x, {means.data(), variances.data()},
                             {through_mean.data(), through_variance.data()}, grad_x);
  });
}

template <class T>
void moments_backward_weight(const ConvolutionShape& s, const T* x, const T* grad_mean,
                             const T* grad_variance, T* grad_weight_mean, T* grad_weight_variance) {
  with_factor_type<T>([&]<class F>() {
    const Inputs<F> input(s.input_numel(), x);
    const Factors<F> through_mean(s.output_numel(), grad_mean);
    const Factors<F> through_variance(s.output_numel(), grad_variance);
    moments_weight_gradient<F>(s, input.factors(), {through_mean.data(), through_variance.data()},
                               {grad_weight_mean, grad_weight_variance});
  });
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
