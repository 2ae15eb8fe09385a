// The functions of framework/cuda/libraries.hpp by the CPU's kernels.
#include "framework/cuda/libraries.hpp"

namespace credence::cuda {
namespace {

template <class T>
void multiply(std::int64_t m, std::int64_t n, std::int64_t k, const Matrix<T>& a,
              const Matrix<T>& b, const T* bias, T* c) {
  kernels<T>(Device::cpu)
      .matmul(m, n, k, a.elements, a.row, a.column, b.elements, b.row, b.column, c);
  if (bias == nullptr) return;
  for (std::int64_t i = 0; i < m * n; ++i) c[i] += bias[i % n];
}

}  // namespace

void gemm(const char*, std::int64_t m, std::int64_t n, std::int64_t k, Matrix<float> a,
          Matrix<float> b, const float* bias, float* c) {
  multiply(m, n, k, a, b, bias, c);
}
void gemm(const char*, std::int64_t m, std::int64_t n, std::int64_t k, Matrix<double> a,
          Matrix<double> b, const double* bias, double* c) {
  multiply(m, n, k, a, b, bias, c);
}

void convolve(const ConvolutionShape& s, const float* x, const float* weight, float* y) {
  kernels<float>(Device::cpu).convolution_forward(s, x, weight, nullptr, y);
}
void convolve(const ConvolutionShape& s, const double* x, const double* weight, double* y) {
  kernels<double>(Device::cpu).convolution_forward(s, x, weight, nullptr, y);
}
void convolve_backward_data(const ConvolutionShape& s, const float* grad_y, const float* weight,
                            float* grad_x) {
  kernels<float>(Device::cpu).convolution_backward_data(s, grad_y, weight, grad_x);
}
void convolve_backward_data(const ConvolutionShape& s, const double* grad_y, const double* weight,
                            double* grad_x) {
  kernels<double>(Device::cpu).convolution_backward_data(s, grad_y, weight, grad_x);
}
void convolve_backward_weight(const ConvolutionShape& s, const float* x, const float* grad_y,
                              float* grad_weight) {
  kernels<float>(Device::cpu).convolution_backward_weight(s, x, grad_y, grad_weight);
}
void convolve_backward_weight(const ConvolutionShape& s, const double* x, const double* grad_y,
                              double* grad_weight) {
  kernels<double>(Device::cpu).convolution_backward_weight(s, x, grad_y, grad_weight);
}

}  // namespace credence::cuda
