// The products of libraries.hpp with the factors that set_precision asks for.
#pragma once

#include "framework/cuda/libraries.hpp"

namespace credence::cuda {

// All of them exist for float and for double; the latter are always computed in double precision.

/// See gemm.
template <class T>
void multiply(const char* op, std::int64_t m, std::int64_t n, std::int64_t k, Matrix<T> a,
              Matrix<T> b, const T* bias, bool relu, T* c);
/// See convolve, convolve_backward_data and convolve_backward_weight.
template <class T>
void convolution(const ConvolutionShape& shape, const T* x, const T* weight, T* y);
/// See convolve_fused. With factors in bfloat16 the pass that widens the result does the rest where
/// the library cannot, so that this never returns false.
template <class T>
bool convolution_fused(const ConvolutionShape& shape, const T* x, const T* weight, const T* bias,
                       bool relu, T* y);
template <class T>
void convolution_backward_data(const ConvolutionShape& shape, const T* grad_y, const T* weight,
                               T* grad_x);
template <class T>
void convolution_backward_weight(const ConvolutionShape& shape, const T* x, const T* grad_y,
                                 T* grad_weight);

}  // namespace credence::cuda
