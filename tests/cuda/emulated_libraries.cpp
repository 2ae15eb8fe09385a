// The functions of framework/cuda/libraries.hpp by the CPU's kernels.
#include "framework/cuda/libraries.hpp"

namespace credence::cuda {

template <class T>
void gemm(const char*, std::int64_t m, std::int64_t n, std::int64_t k, Matrix<T> a, Matrix<T> b,
          const T* bias, T* c) {
  kernels<T>(Device::cpu)
      .matmul(m, n, k, a.elements, a.row, a.column, b.elements, b.row, b.column, c);
  if (bias == nullptr) return;
  for (std::int64_t i = 0; i < m * n; ++i) c[i] += bias[i % n];
}

template <class T>
void convolve(const ConvolutionShape& s, const T* x, const T* weight, T* y) {
  kernels<T>(Device::cpu).convolution_forward(s, x, weight, nullptr, y);
}

template <class T>
void convolve_backward_data(const ConvolutionShape& s, const T* grad_y, const T* weight,
                            T* grad_x) {
  kernels<T>(Device::cpu).convolution_backward_data(s, grad_y, weight, grad_x);
}

template <class T>
void convolve_backward_weight(const ConvolutionShape& s, const T* x, const T* grad_y,
                              T* grad_weight) {
  kernels<T>(Device::cpu).convolution_backward_weight(s, x, grad_y, grad_weight);
}

template void gemm(const char*, std::int64_t, std::int64_t, std::int64_t, Matrix<float>,
                   Matrix<float>, const float*, float*);
template void gemm(const char*, std::int64_t, std::int64_t, std::int64_t, Matrix<double>,
                   Matrix<double>, const double*, double*);
template void convolve(const ConvolutionShape&, const float*, const float*, float*);
template void convolve(const ConvolutionShape&, const double*, const double*, double*);
template void convolve_backward_data(const ConvolutionShape&, const float*, const float*, float*);
template void convolve_backward_data(const ConvolutionShape&, const double*, const double*,
                                     double*);
template void convolve_backward_weight(const ConvolutionShape&, const float*, const float*, float*);
template void convolve_backward_weight(const ConvolutionShape&, const double*, const double*,
                                       double*);

}  // namespace credence::cuda
