// What the kernels take from NVIDIA's libraries: products from cuBLASLt, convolutions from cuDNN.
// No CUDA header is needed to include this; tests without a device put the CPU's kernels behind it.
#pragma once

#include "framework/cuda/bfloat16.hpp"
#include "framework/kernels/shapes.hpp"

#include <type_traits>

namespace credence::cuda {

/// A matrix by the strides of its rows and columns, one of which is 1.
template <class T>
struct Matrix {
  const T* elements;
  std::int64_t row;
  std::int64_t column;
};

/// What products of numbers of a type are summed up in.
template <class T>
using SumOf = std::conditional_t<std::is_same_v<T, double>, double, float>;

// All of them exist for float (with the bits that set_precision says), double and BFloat16.

/// c [m, n] = a [m, k] b [k, n] (+ bias [n] added to each row, where it is not null), and with
/// `relu` 0 where that is negative.
template <class T>
void gemm(const char* op, std::int64_t m, std::int64_t n, std::int64_t k, Matrix<T> a, Matrix<T> b,
          const SumOf<T>* bias, bool relu, SumOf<T>* c);

/// y = conv(x, weight)
template <class T>
void convolve(const ConvolutionShape& shape, const T* x, const T* weight, T* y);
/// y = conv(x, weight) + bias [out_channels] (none where null), and with `relu` 0 where that is
/// negative, in one kernel. Returns false, with nothing done, where the library has no such kernel
/// for it.
template <class T>
bool convolve_fused(const ConvolutionShape& shape, const T* x, const T* weight,
                    const SumOf<T>* bias, bool relu, SumOf<T>* y);
/// The gradient of x.
template <class T>
void convolve_backward_data(const ConvolutionShape& shape, const T* grad_y, const T* weight,
                            T* grad_x);
/// The gradient of the weight.
template <class T>
void convolve_backward_weight(const ConvolutionShape& shape, const T* x, const T* grad_y,
                              T* grad_weight);

}  // namespace credence::cuda
