// Products with the factors in the precision of set_precision: rounded to bfloat16, or as they are.
#include "framework/cuda/epilogue.hpp"
#include "framework/cuda/libraries/accounted.hpp"
#include "framework/cuda/products.hpp"
#include "framework/cuda/runtime/launch.hpp"
#include "framework/cuda/runtime/workspace.hpp"
#include "framework/cuda/table.hpp"
#include "framework/device/precision.hpp"

#include <type_traits>

namespace credence::cuda {
namespace {

template <class To, class From>
__device__ To same_bits(const From& from) {
  static_assert(sizeof(To) == sizeof(From));
  To to;
  memcpy(&to, &from, sizeof(To));
  return to;
}

__global__ void round_elements(std::int64_t n, Factor<float> x, BFloat16* y) {
  for (std::int64_t i = first_index(); i < n; i += index_step()) {
    const float value = x.elements[i];
    y[i] = BFloat16::nearest(same_bits<std::uint32_t>(x.squared ? value * value : value));
  }
}

__global__ void widen_elements(std::int64_t n, const BFloat16* x, float* y) {
  for (std::int64_t i = first_index(); i < n; i += index_step()) {
    y[i] = same_bits<float>(x[i].float_bits());
  }
}

// Widens the elements, adds a bias, and applies ReLU if `relu` is set.
__global__ void finish_elements(std::int64_t n, const BFloat16* x, ChannelBias<float> bias,
                                bool relu, float* y) {
  for (std::int64_t i = first_index(); i < n; i += index_step()) {
    const float value = same_bits<float>(x[i].float_bits()) + bias(i);
    y[i] = relu && value < 0 ? 0 : value;
  }
}

Workspace<BFloat16> rounded(std::int64_t n, const Factor<float>& x) {
  Workspace<BFloat16> y(n);
  const device::Work work = elements<float>(n, 0, x.squared ? n : 0) + elements<BFloat16>(0, n);
  launch({"bfloat16", x.squared ? "squared" : "rounded"}, {blocks_for(n), work}, &round_elements, n,
         x, y.data());
  return y;
}

// A factor in its own type. Squares are computed into working memory.
template <class T>
class InFull {
 public:
  InFull(std::int64_t n, const Factor<T>& factor)
      : squares_(factor.squared ? n : 0), array_(factor.elements) {
    if (!factor.squared) return;
    kernels_of<T>().pointwise_forward[pointwise::kEntry<pointwise::Square>.index]({}, n, array_,
                                                                                  squares_.data());
    array_ = squares_.data();
  }
  const T* data() const { return array_; }

 private:
  Workspace<T> squares_;
  const T* array_;
};

void widen(std::int64_t n, const Workspace<BFloat16>& x, float* y) {
  const device::Work work = elements<BFloat16>(n, 0) + elements<float>(0, n);
  launch({"bfloat16", "widened"}, {blocks_for(n), work}, &widen_elements, n,
         static_cast<const BFloat16*>(x.data()), y);
}

bool in_bfloat16() { return precision() == Precision::bf16; }

// result = library(first, second) with the arrays in bfloat16; the numbers are their sizes.
template <class Library>
void with_rounded(std::int64_t first_numel, const Factor<float>& first, std::int64_t second_numel,
                  const float* second, std::int64_t numel, float* result, Library library) {
  const Workspace<BFloat16> a = rounded(first_numel, first);
  const Workspace<BFloat16> b = rounded(second_numel, second);
  const Workspace<BFloat16> c(numel);
  library(static_cast<const BFloat16*>(a.data()), static_cast<const BFloat16*>(b.data()), c.data());
  widen(numel, c, result);
}

}  // namespace

template <class T>
void multiply(const char* op, std::int64_t m, std::int64_t n, std::int64_t k, MatrixFactor<T> a,
              MatrixFactor<T> b, const T* bias, bool relu, T* c) {
  if constexpr (std::is_same_v<T, float>) {
    if (in_bfloat16() && m * n * k > 0) {
      const Workspace<BFloat16> left = rounded(m * k, a.elements);
      const Workspace<BFloat16> right = rounded(k * n, b.elements);
      accounted::gemm(op, m, n, k, Matrix<BFloat16>{left.data(), a.row, a.column},
                      Matrix<BFloat16>{right.data(), b.row, b.column}, bias, relu, c);
      return;
    }
  }
  const InFull<T> left(m * k, a.elements);
  const InFull<T> right(k * n, b.elements);
  accounted::gemm(op, m, n, k, Matrix<T>{left.data(), a.row, a.column},
                  Matrix<T>{right.data(), b.row, b.column}, bias, relu, c);
}

template <class T>
bool convolution(const ConvolutionShape& s, FactorOf<T> x, const T* weight, const T* bias,
                 bool relu, T* y) {
  const bool more_than_product = bias != nullptr || relu;
  if constexpr (std::is_same_v<T, float>) {
    if (in_bfloat16()) {
      const Workspace<BFloat16> a = rounded(s.input_numel(), x);
      const Workspace<BFloat16> b = rounded(s.weight_numel(), weight);
      const BFloat16* const left = a.data();
      const BFloat16* const right = b.data();
      if (more_than_product && accounted::convolve_fused(s, left, right, bias, relu, y)) {
        return true;
      }
      const std::int64_t n = s.output_numel();
      const Workspace<BFloat16> c(n);
      accounted::convolve(s, left, right, c.data());
      if (more_than_product) {
        const device::Work work =
            elements<BFloat16>(n, 0) + elements<float>(s.out_channels, n, 2 * n);
        launch({"bfloat16", "widened with epilogue"}, {blocks_for(n), work}, &finish_elements, n,
               static_cast<const BFloat16*>(c.data()),
               ChannelBias<float>{bias, s.out_channels, ConvolutionShape::volume(s.output)}, relu,
               y);
      } else {
        widen(n, c, y);
      }
      return true;
    }
  }
  const InFull<T> factor(s.input_numel(), x);
  if (more_than_product && accounted::convolve_fused(s, factor.data(), weight, bias, relu, y)) {
    return true;
  }
  accounted::convolve(s, factor.data(), weight, y);
  return !more_than_product;
}

template <class T>
void convolution_backward_data(const ConvolutionShape& s, const T* grad_y, const T* weight,
                               T* grad_x) {
  if constexpr (std::is_same_v<T, float>) {
    if (in_bfloat16()) {
      with_rounded(s.output_numel(), grad_y, s.weight_numel(), weight, s.input_numel(), grad_x,
                   [&](const BFloat16* a, const BFloat16* b, BFloat16* c) {
                     accounted::convolve_backward_data(s, a, b, c);
                   });
      return;
    }
  }
  accounted::convolve_backward_data(s, grad_y, weight, grad_x);
}

template <class T>
void convolution_backward_weight(const ConvolutionShape& s, FactorOf<T> x, const T* grad_y,
                                 T* grad_weight) {
  if constexpr (std::is_same_v<T, float>) {
    if (in_bfloat16()) {
      with_rounded(s.input_numel(), x, s.output_numel(), grad_y, s.weight_numel(), grad_weight,
                   [&](const BFloat16* a, const BFloat16* b, BFloat16* c) {
                     accounted::convolve_backward_weight(s, a, b, c);
                   });
      return;
    }
  }
  accounted::convolve_backward_weight(s, InFull<T>(s.input_numel(), x).data(), grad_y, grad_weight);
}

template void multiply(const char*, std::int64_t, std::int64_t, std::int64_t, MatrixFactor<float>,
                       MatrixFactor<float>, const float*, bool, float*);
template void multiply(const char*, std::int64_t, std::int64_t, std::int64_t, MatrixFactor<double>,
                       MatrixFactor<double>, const double*, bool, double*);
template bool convolution<float>(const ConvolutionShape&, FactorOf<float>, const float*,
                                 const float*, bool, float*);
template bool convolution<double>(const ConvolutionShape&, FactorOf<double>, const double*,
                                  const double*, bool, double*);
template void convolution_backward_data(const ConvolutionShape&, const float*, const float*,
                                        float*);
template void convolution_backward_data(const ConvolutionShape&, const double*, const double*,
                                        double*);
template void convolution_backward_weight<float>(const ConvolutionShape&, FactorOf<float>,
                                                 const float*, float*);
template void convolution_backward_weight<double>(const ConvolutionShape&, FactorOf<double>,
                                                  const double*, double*);

}  // namespace credence::cuda
