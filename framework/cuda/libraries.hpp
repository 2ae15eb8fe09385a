// What the kernels take from NVIDIA's libraries: products from cuBLASLt, convolutions from cuDNN.
// No CUDA header is needed to include this; tests without a device put the CPU's kernels behind it.
#pragma once

#include "framework/kernels.hpp"

namespace credence::cuda {

/// A matrix by the strides of its rows and columns, one of which is 1.
template <class T>
struct Matrix {
  const T* elements;
  std::int64_t row;
  std::int64_t column;
};

/// c [m, n] = a [m, k] b [k, n] (+ bias [n] added to each row, where it is not null).
void gemm(const char* op, std::int64_t m, std::int64_t n, std::int64_t k, Matrix<float> a,
          Matrix<float> b, const float* bias, float* c);
void gemm(const char* op, std::int64_t m, std::int64_t n, std::int64_t k, Matrix<double> a,
          Matrix<double> b, const double* bias, double* c);

/// y = conv(x, weight)
void convolve(const ConvolutionShape& shape, const float* x, const float* weight, float* y);
void convolve(const ConvolutionShape& shape, const double* x, const double* weight, double* y);
/// The gradient of x.
void convolve_backward_data(const ConvolutionShape& shape, const float* grad_y, const float* weight,
                            float* grad_x);
void convolve_backward_data(const ConvolutionShape& shape, const double* grad_y,
                            const double* weight, double* grad_x);
/// The gradient of the weight.
void convolve_backward_weight(const ConvolutionShape& shape, const float* x, const float* grad_y,
                              float* grad_weight);
void convolve_backward_weight(const ConvolutionShape& shape, const double* x, const double* grad_y,
                              double* grad_weight);

}  // namespace credence::cuda
