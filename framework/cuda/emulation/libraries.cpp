// The functions of framework/cuda/libraries/libraries.hpp by the CPU's kernels, for tests without a
// device.
#include "framework/cuda/libraries/libraries.hpp"

#include "framework/cuda/emulation/emulation.hpp"
#include "framework/dispatch/kernels.hpp"

#include <bit>
#include <vector>

namespace credence::cuda {
namespace {

constexpr const char* kConvolution = "convolution";

}  // namespace

template <class T>
void gemm(const char* op, std::int64_t m, std::int64_t n, std::int64_t k, Matrix<T> a, Matrix<T> b,
          const SumOf<T>* bias, bool relu, SumOf<T>* c) {
  emulation::enqueue(op, {a.elements, b.elements, bias, c}, [=] {
    kernels<T>(Device::cpu)
        .matmul(m, n, k, a.elements, a.row, a.column, b.elements, b.row, b.column, c);
    for (std::int64_t i = 0; i < m * n; ++i) {
      if (bias != nullptr) c[i] += bias[i % n];
      if (relu && c[i] < 0) c[i] = 0;
    }
  });
}

template <class T>
void gemm_pair(const char* op, const Product& p, const ArrayPair<const T>& a,
               const ArrayPair<const T>& b, const ArrayPair<SumOf<T>>& c) {
  check_pairs(op, a, b, c);
  for (std::size_t i = 0; i < 2; ++i) {
    gemm<T>(op, p.m, p.n, p.k, {a[i], p.a_row, p.a_column}, {b[i], p.b_row, p.b_column}, nullptr,
            false, c[i]);
  }
}

template <class T>
void convolve(const ConvolutionShape& s, const T* x, const T* weight, T* y) {
  emulation::enqueue(kConvolution, {x, weight, y},
                     [=] { kernels<T>(Device::cpu).convolution_forward(s, x, weight, {}, y); });
}

template <class T>
bool convolve_fused(const ConvolutionShape& s, const T* x, const T* weight, const SumOf<T>* bias,
                    bool relu, SumOf<T>* y) {
  // These cases return false, so that tests cover what callers do without such a kernel.
  if (s.groups > 1 || std::is_same_v<T, double>) return false;
  emulation::enqueue(kConvolution, {x, weight, bias, y}, [=] {
    kernels<T>(Device::cpu).convolution_forward(s, x, weight, {bias}, y);
    if (!relu) return;
    for (std::int64_t i = 0; i < s.output_numel(); ++i) y[i] = y[i] < 0 ? 0 : y[i];
  });
  return true;
}

template <class T>
void convolve_backward_data(const ConvolutionShape& s, const T* grad_y, const T* weight,
                            T* grad_x) {
  emulation::enqueue(kConvolution, {grad_y, weight, grad_x}, [=] {
    kernels<T>(Device::cpu).convolution_backward_data(s, grad_y, weight, grad_x);
  });
}

template <class T>
void convolve_backward_weight(const ConvolutionShape& s, const T* x, const T* grad_y,
                              T* grad_weight) {
  emulation::enqueue(kConvolution, {x, grad_y, grad_weight}, [=] {
    kernels<T>(Device::cpu).convolution_backward_weight(s, x, grad_y, grad_weight);
  });
}

namespace {

// The CPU has no kernels for bfloat16. It computes with the same values in float32.
std::vector<float> widened(std::int64_t n, const BFloat16* x) {
  std::vector<float> y(static_cast<std::size_t>(n));
  for (std::int64_t i = 0; i < n; ++i) {
    y[static_cast<std::size_t>(i)] = std::bit_cast<float>(x[i].float_bits());
  }
  return y;
}

void round(const std::vector<float>& x, BFloat16* y) {
  for (std::size_t i = 0; i < x.size(); ++i) {
    y[i] = BFloat16::nearest(std::bit_cast<std::uint32_t>(x[i]));
  }
}

// Puts kernel(a, b, c) into the stream. a and b are widened to float32 first, and c is rounded at
// the end.
template <class HostKernel>
void enqueue_widened(std::int64_t a_numel, const BFloat16* a, std::int64_t b_numel,
                     const BFloat16* b, std::int64_t c_numel, BFloat16* c, HostKernel kernel) {
  emulation::enqueue(kConvolution, {a, b, c}, [=] {
    const std::vector<float> left = widened(a_numel, a);
    const std::vector<float> right = widened(b_numel, b);
    std::vector<float> result(static_cast<std::size_t>(c_numel));
    kernel(left.data(), right.data(), result.data());
    round(result, c);
  });
}

}  // namespace

template <>
void gemm(const char* op, std::int64_t m, std::int64_t n, std::int64_t k, Matrix<BFloat16> a,
          Matrix<BFloat16> b, const float* bias, bool relu, float* c) {
  emulation::enqueue(op, {a.elements, b.elements, bias, c}, [=] {
    const std::vector<float> left = widened(m * k, a.elements);
    const std::vector<float> right = widened(k * n, b.elements);
    gemm<float>(op, m, n, k, {left.data(), a.row, a.column}, {right.data(), b.row, b.column}, bias,
                relu, c);
  });
}

template <>
void convolve(const ConvolutionShape& s, const BFloat16* x, const BFloat16* weight, BFloat16* y) {
  enqueue_widened(s.input_numel(), x, s.weight_numel(), weight, s.output_numel(), y,
                  [s](const float* a, const float* b, float* c) { convolve(s, a, b, c); });
}

template <>
bool convolve_fused(const ConvolutionShape& s, const BFloat16* x, const BFloat16* weight,
                    const float* bias, bool relu, float* y) {
  if (s.groups > 1) return false;
  emulation::enqueue(kConvolution, {x, weight, bias, y}, [=] {
    const std::vector<float> left = widened(s.input_numel(), x);
    const std::vector<float> right = widened(s.weight_numel(), weight);
    convolve_fused<float>(s, left.data(), right.data(), bias, relu, y);
  });
  return true;
}

template <>
void convolve_backward_data(const ConvolutionShape& s, const BFloat16* grad_y,
                            const BFloat16* weight, BFloat16* grad_x) {
  enqueue_widened(
      s.output_numel(), grad_y, s.weight_numel(), weight, s.input_numel(), grad_x,
      [s](const float* a, const float* b, float* c) { convolve_backward_data(s, a, b, c); });
}

template <>
void convolve_backward_weight(const ConvolutionShape& s, const BFloat16* x, const BFloat16* grad_y,
                              BFloat16* grad_weight) {
  enqueue_widened(
      s.input_numel(), x, s.output_numel(), grad_y, s.weight_numel(), grad_weight,
      [s](const float* a, const float* b, float* c) { convolve_backward_weight(s, a, b, c); });
}

template void gemm(const char*, std::int64_t, std::int64_t, std::int64_t, Matrix<float>,
                   Matrix<float>, const float*, bool, float*);
template void gemm(const char*, std::int64_t, std::int64_t, std::int64_t, Matrix<double>,
                   Matrix<double>, const double*, bool, double*);
template void gemm_pair(const char*, const Product&, const ArrayPair<const float>&,
                        const ArrayPair<const float>&, const ArrayPair<float>&);
template void gemm_pair(const char*, const Product&, const ArrayPair<const double>&,
                        const ArrayPair<const double>&, const ArrayPair<double>&);
template void gemm_pair(const char*, const Product&, const ArrayPair<const BFloat16>&,
                        const ArrayPair<const BFloat16>&, const ArrayPair<float>&);
template void convolve(const ConvolutionShape&, const float*, const float*, float*);
template void convolve(const ConvolutionShape&, const double*, const double*, double*);
template bool convolve_fused(const ConvolutionShape&, const float*, const float*, const float*,
                             bool, float*);
template bool convolve_fused(const ConvolutionShape&, const double*, const double*, const double*,
                             bool, double*);
template void convolve_backward_data(const ConvolutionShape&, const float*, const float*, float*);
template void convolve_backward_data(const ConvolutionShape&, const double*, const double*,
                                     double*);
template void convolve_backward_weight(const ConvolutionShape&, const float*, const float*, float*);
template void convolve_backward_weight(const ConvolutionShape&, const double*, const double*,
                                       double*);

}  // namespace credence::cuda
