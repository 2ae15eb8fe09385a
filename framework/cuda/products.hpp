// The products of libraries.hpp with the factors that set_precision asks for.
#pragma once

#include "framework/cuda/libraries/libraries.hpp"

#include <type_traits>

namespace credence::cuda {

/// An array, or the squares of its elements: made where they are rounded, if that is asked for,
/// else by a kernel of their own, as the libraries take no factor that is computed on the way.
template <class T>
struct Factor {
  Factor(const T* array, bool squares = false)  // NOLINT: implicit, mostly it is the array
      : elements(array), squared(squares) {}
  const T* elements;
  bool squared;
};
/// One that can be told from what else a function takes.
template <class T>
using FactorOf = std::type_identity_t<Factor<T>>;

/// A factor that is a matrix, see Matrix.
template <class T>
struct MatrixFactor {
  Factor<T> elements;
  std::int64_t row;
  std::int64_t column;
};

// All of them exist for float and for double; the latter are always computed in double precision.

/// See gemm.
template <class T>
void multiply(const char* op, std::int64_t m, std::int64_t n, std::int64_t k, MatrixFactor<T> a,
              MatrixFactor<T> b, const T* bias, bool relu, T* c);
/// y = conv(x, weight), with the bias added where it is not null and max(0, ·) of it if relu.
/// Returns whether it did so: false where the library has nothing that does, which then leaves the
/// product. With factors in bfloat16 the pass that widens the result does what is left. See
/// convolve and convolve_fused.
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
