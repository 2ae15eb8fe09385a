// What the kernels use of NVIDIA's libraries: products of cuBLASLt and convolutions of cuDNN.
// Includes no CUDA header; tests without a device link the CPU's kernels in their place.
#pragma once

#include "framework/base/error.hpp"
#include "framework/cuda/bfloat16.hpp"
#include "framework/kernels/shapes.hpp"

#include <array>
#include <cstdint>
#include <string>
#include <type_traits>

namespace credence::cuda {

/// A matrix with the strides of its rows and columns, one of which is 1.
template <class T>
struct Matrix {
  const T* elements;
  std::int64_t row;
  std::int64_t column;
};

/// The type in which products of numbers of type T are summed.
template <class T>
using SumOf = std::conditional_t<std::is_same_v<T, double>, double, float>;

// All functions exist for float (with the precision of set_precision), double and BFloat16. They
// throw Error with `op` or the shape where the library fails.

/// c [m, n] = a [m, k] b [k, n] + bias [n], where bias may be null, and max(0, ·) of this with
/// `relu`.
template <class T>
void gemm(const char* op, std::int64_t m, std::int64_t n, std::int64_t k, Matrix<T> a, Matrix<T> b,
          const SumOf<T>* bias, bool relu, SumOf<T>* c);

/// Two arrays, of which the second begins a positive multiple of 16 bytes behind the first.
template <class T>
using ArrayPair = std::array<T*, 2>;

/// Whether the arrays lie as in an ArrayPair.
template <class T>
bool is_pair(const ArrayPair<T>& arrays) {
  const auto first = reinterpret_cast<std::uintptr_t>(arrays[0]);
  const auto second = reinterpret_cast<std::uintptr_t>(arrays[1]);
  return first < second && (second - first) % 16 == 0;
}

/// Throws Error, naming `op`, where not all of them lie so.
template <class... T>
void check_pairs(const char* op, const ArrayPair<T>&... pairs) {
  if ((is_pair(pairs) && ...)) return;
  throw Error("[" + std::string(op) + "] the matrices of two products do not lie as pairs");
}

/// A matrix product's sizes, and the strides of its factors (see Matrix).
struct Product {
  std::int64_t m;
  std::int64_t n;
  std::int64_t k;
  std::int64_t a_row;
  std::int64_t a_column;
  std::int64_t b_row;
  std::int64_t b_column;
};

/// c[i] [m, n] = a[i] [m, k] b[i] [k, n] for i = 0 and 1, by one call of the library. Throws Error
/// where the arrays do not lie as pairs.
template <class T>
void gemm_pair(const char* op, const Product& product, const ArrayPair<const T>& a,
               const ArrayPair<const T>& b, const ArrayPair<SumOf<T>>& c);

/// y = conv(x, weight)
template <class T>
void convolve(const ConvolutionShape& shape, const T* x, const T* weight, T* y);
/// y = conv(x, weight) + bias [out_channels], where bias may be null, and max(0, ·) of this with
/// `relu`, in one kernel. Returns false, with nothing done, where the library has no such kernel.
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
