// The products of libraries.hpp, with factors in the precision of set_precision.
#pragma once

#include "framework/cuda/libraries/libraries.hpp"

#include <type_traits>

namespace credence::cuda {

/// An array, or the squares of its elements. Squares are computed where the factor is rounded to
/// bfloat16, or else by a separate kernel, because the libraries take no factor that is computed on
/// the fly.
template <class T>
struct Factor {
  Factor(const T* array, bool squares = false)  // NOLINT: implicit, mostly it is the array
      : elements(array), squared(squares) {}
  const T* elements;
  bool squared;
};
/// The same type, but not deduced from an argument.
template <class T>
using FactorOf = std::type_identity_t<Factor<T>>;

/// A factor that is a matrix; see Matrix.
template <class T>
struct MatrixFactor {
  Factor<T> elements;
  std::int64_t row;
  std::int64_t column;
};

// All functions exist for float and double. double is always computed in double precision.

/// See gemm.
template <class T>
void multiply(const char* op, std::int64_t m, std::int64_t n, std::int64_t k, MatrixFactor<T> a,
              MatrixFactor<T> b, const T* bias, bool relu, T* c);
/// y = conv(x, weight) + bias, where bias may be null, and max(0, ·) of this with `relu`. Returns
/// false where the library cannot add the bias and apply ReLU: then y is the product alone. With
/// factors in bfloat16 the kernel that widens the result does what the library cannot. See convolve
/// and convolve_fused.
template <class T>
bool convolution(const ConvolutionShape& shape, FactorOf<T> x, const T* weight, const T* bias,
                 bool relu, T* y);
/// See convolve_backward_data and convolve_backward_weight.
template <class T>
void convolution_backward_data(const ConvolutionShape& shape, const T* grad_y, const T* weight,
                               T* grad_x);
template <class T>
void convolution_backward_weight(const ConvolutionShape& shape, FactorOf<T> x, const T* grad_y,
                                 T* grad_weight);

}  // namespace credence::cuda
