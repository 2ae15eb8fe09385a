// Products with the factors in the precision of set_precision: rounded to bfloat16, or as they are.
#include "framework/cuda/epilogue.hpp"
#include "framework/cuda/libraries/accounted.hpp"
#include "framework/cuda/products.hpp"
#include "framework/cuda/rounding.hpp"
#include "framework/cuda/runtime/runtime.hpp"
#include "framework/cuda/table.hpp"

namespace credence::cuda {
namespace {

constexpr std::int64_t volume(const Extents3& e) { return ConvolutionShape::volume(e); }

__global__ void round_elements(std::int64_t n, const float* x, BFloat16* y) {
  for (std::int64_t i = first_index(); i < n; i += index_step()) y[i] = stored<BFloat16>(x[i]);
}

__global__ void round_with_squares(std::int64_t n, const float* x, BFloat16* y, BFloat16* squares) {
  for (std::int64_t i = first_index(); i < n; i += index_step()) {
    const float value = x[i];
    y[i] = stored<BFloat16>(value);
    squares[i] = stored<BFloat16>(value * value);
  }
}

// Both arrays of x to those of y, rounded or widened.
template <class From, class To>
__global__ void convert_both(std::int64_t n, Moments<const From*> x, Moments<To*> y) {
  for (std::int64_t i = first_index(); i < n; i += index_step()) {
    y.mean[i] = stored<To>(loaded(x.mean[i]));
    y.variance[i] = stored<To>(loaded(x.variance[i]));
  }
}

// y = activation(x + bias)
template <class T, class From, class Activation>
__global__ void finish(std::int64_t n, const From* x, ChannelBias<T> bias, Activation activation,
                       T* y) {
  for (std::int64_t i = first_index(); i < n; i += index_step()) {
    y[i] = activation.forward(loaded(x[i]) + bias(i));
  }
}

template <class T>
void clear(std::int64_t n, T* x) {
  fill(DType::uint8, reinterpret_cast<std::byte*>(x), n * static_cast<std::int64_t>(sizeof(T)), 0);
}

// x, a product without what follows it, to y. They may be the same array.
template <class T, class From>
void finish_product(const ConvolutionShape& s, const From* x, const Epilogue<T>& epilogue, T* y) {
  with_activation(epilogue.activation, [&]<class Activation>(const Activation& activation) {
    const std::int64_t n = s.output_numel();
    const std::int64_t biases = epilogue.bias == nullptr ? 0 : s.out_channels;
    const device::Work work = elements<From>(n, 0) + elements<T>(biases, n, 2 * n);
    launch({"convolution", "epilogue"}, {blocks_for(n), work}, &finish<T, From, Activation>, n, x,
           ChannelBias<T>{epilogue.bias, s.out_channels, volume(s.output)}, activation, y);
  });
}

// Computes a product whose library knows results of type F, into y of type R.
template <class F, class R, class Library>
void with_results(std::int64_t n, R* y, Library library) {
  if constexpr (std::is_same_v<F, R>) {
    library(y);
  } else {
    const Workspace<F> rounded(n);
    library(rounded.data());
    launch({"bfloat16", "widened"}, {blocks_for(n), elements<F>(n, 0) + elements<R>(0, n)},
           &finish<R, F, Identity>, n, static_cast<const F*>(rounded.data()),
           ChannelBias<R>{nullptr, 1, 1}, Identity{}, y);
  }
}

// The product of a fully connected layer. Its results have the type of its sums.
template <class F, class R>
void linear(const Product& p, const F* a, const F* b, R* c) {
  if constexpr (std::is_same_v<R, SumOf<F>>) {
    accounted::gemm("linear", p.m, p.n, p.k, Matrix<F>{a, p.a_row, p.a_column},
                    Matrix<F>{b, p.b_row, p.b_column}, static_cast<const R*>(nullptr), false, c);
  } else {
    throw Error("[linear] a product has results in the type of its sums");
  }
}

}  // namespace

template <class F>
Factors<F>::Factors(std::int64_t n, const SumOf<F>* x) : rounded_(kRounded ? n : 0) {
  if constexpr (kRounded) {
    data_ = rounded_.data();
    if (n == 0) return;
    launch({"bfloat16", "rounded"}, {blocks_for(n), elements<float>(n, 0) + elements<F>(0, n)},
           &round_elements, n, x, rounded_.data());
  } else {
    data_ = x;
  }
}

template <class F>
void square(std::int64_t n, const SumOf<F>* x, [[maybe_unused]] F* copy, F* squares) {
  if (n == 0) return;
  if constexpr (std::is_same_v<F, BFloat16>) {
    const device::Work work = elements<float>(n, 0, n) + elements<F>(0, 2 * n);
    launch({"bfloat16", "rounded with squares"}, {blocks_for(n), work}, &round_with_squares, n, x,
           copy, squares);
  } else {
    kernels_of<F>().pointwise_forward[pointwise::kEntry<pointwise::Square>.index]({}, n, x,
                                                                                  squares);
  }
}

void round_both(std::int64_t n, const Moments<const float*>& x, const Moments<BFloat16*>& y) {
  if (n == 0) return;
  launch({"bfloat16", "both rounded"},
         {blocks_for(n), elements<float>(2 * n, 0) + elements<BFloat16>(0, 2 * n)},
         &convert_both<float, BFloat16>, n, x, y);
}

void widen_both(std::int64_t n, const Moments<const BFloat16*>& x, const Moments<float*>& y) {
  if (n == 0) return;
  launch({"bfloat16", "both widened"},
         {blocks_for(n), elements<BFloat16>(2 * n, 0) + elements<float>(0, 2 * n)},
         &convert_both<BFloat16, float>, n, x, y);
}

Product forward_of_linear(const ConvolutionShape& s) {
  return {s.batch, s.out_channels, s.in_channels, s.in_channels, 1, 1, s.in_channels};
}
Product data_of_linear(const ConvolutionShape& s) {
  return {s.batch, s.in_channels, s.out_channels, s.out_channels, 1, s.in_channels, 1};
}
Product weight_of_linear(const ConvolutionShape& s) {
  return {s.out_channels, s.in_channels, s.batch, 1, s.out_channels, s.in_channels, 1};
}

template <class F, class R>
void forward_product(const ConvolutionShape& s, const F* x, const F* weight, R* y) {
  if (s.empty()) return clear(s.output_numel(), y);
  if (s.fully_connected()) {
    return linear(forward_of_linear(s), x, weight, y);
  }
  with_results<F>(s.output_numel(), y, [&](F* to) { accounted::convolve(s, x, weight, to); });
}

template <class F, class R>
void data_product(const ConvolutionShape& s, const F* grad_y, const F* weight, R* grad_x) {
  if (s.empty()) return clear(s.input_numel(), grad_x);
  if (s.fully_connected()) {
    return linear(data_of_linear(s), grad_y, weight, grad_x);
  }
  with_results<F>(s.input_numel(), grad_x,
                  [&](F* to) { accounted::convolve_backward_data(s, grad_y, weight, to); });
}

template <class F, class R>
void weight_product(const ConvolutionShape& s, const F* x, const F* grad_y, R* grad_weight) {
  if (s.empty()) return clear(s.weight_numel(), grad_weight);
  if (s.fully_connected()) {
    return linear(weight_of_linear(s), grad_y, x, grad_weight);
  }
  with_results<F>(s.weight_numel(), grad_weight,
                  [&](F* to) { accounted::convolve_backward_weight(s, x, grad_y, to); });
}

template <class F>
void finished_product(const ConvolutionShape& s, const F* x, const F* weight,
                      const Epilogue<SumOf<F>>& epilogue, SumOf<F>* y) {
  using T = SumOf<F>;
  if (s.output_numel() == 0) return;
  const bool relu =
      epilogue.activation != nullptr && epilogue.activation->template is<pointwise::Relu>();
  const bool more = epilogue.bias != nullptr || relu;
  const Epilogue<T> without{nullptr, relu ? nullptr : epilogue.activation};
  Epilogue<T> rest = epilogue;
  if (s.empty()) {
    clear(s.output_numel(), y);
  } else if (s.fully_connected()) {
    // cuBLASLt adds a bias in single precision only.
    const bool fused = std::is_same_v<T, float> && more;
    accounted::gemm("linear", s.batch, s.out_channels, s.in_channels,
                    Matrix<F>{x, s.in_channels, 1}, Matrix<F>{weight, 1, s.in_channels},
                    fused ? epilogue.bias : nullptr, fused && relu, y);
    if (fused) rest = without;
  } else if (more && accounted::convolve_fused(s, x, weight, epilogue.bias, relu, y)) {
    rest = without;
  } else if constexpr (std::is_same_v<F, T>) {
    accounted::convolve(s, x, weight, y);
  } else {
    const Workspace<F> rounded(s.output_numel());
    accounted::convolve(s, x, weight, rounded.data());
    return finish_product(s, static_cast<const F*>(rounded.data()), epilogue, y);
  }
  if (rest.bias == nullptr && rest.activation == nullptr) return;
  finish_product(s, static_cast<const T*>(y), rest, y);
}

template class Factors<float>;
template class Factors<double>;
template class Factors<BFloat16>;
template void square(std::int64_t, const float*, float*, float*);
template void square(std::int64_t, const double*, double*, double*);
template void square(std::int64_t, const float*, BFloat16*, BFloat16*);

template void forward_product(const ConvolutionShape&, const float*, const float*, float*);
template void forward_product(const ConvolutionShape&, const double*, const double*, double*);
template void forward_product(const ConvolutionShape&, const BFloat16*, const BFloat16*, float*);
template void forward_product(const ConvolutionShape&, const BFloat16*, const BFloat16*, BFloat16*);
template void data_product(const ConvolutionShape&, const float*, const float*, float*);
template void data_product(const ConvolutionShape&, const double*, const double*, double*);
template void data_product(const ConvolutionShape&, const BFloat16*, const BFloat16*, float*);
template void data_product(const ConvolutionShape&, const BFloat16*, const BFloat16*, BFloat16*);
template void weight_product(const ConvolutionShape&, const float*, const float*, float*);
template void weight_product(const ConvolutionShape&, const double*, const double*, double*);
template void weight_product(const ConvolutionShape&, const BFloat16*, const BFloat16*, float*);
template void weight_product(const ConvolutionShape&, const BFloat16*, const BFloat16*, BFloat16*);
template void finished_product<float>(const ConvolutionShape&, const float*, const float*,
                                      const Epilogue<float>&, float*);
template void finished_product<double>(const ConvolutionShape&, const double*, const double*,
                                       const Epilogue<double>&, double*);
template void finished_product<BFloat16>(const ConvolutionShape&, const BFloat16*, const BFloat16*,
                                         const Epilogue<float>&, float*);

}  // namespace credence::cuda
