// Libraries that the framework's kernels are compared with. Each is optional: where the build is
// without one, version() is empty and the rest throws Error.
#pragma once

#include "benchmarks/kernels/cases.hpp"
#include "benchmarks/kernels/layers.hpp"
#include "framework/kernels/shapes.hpp"

#include <cstdint>
#include <string>

namespace credence::benchmarks {

/// C [m, n] = A [m, k] B [k, n], row-major, A and B stored as written or transposed.
struct ProductShape {
  std::int64_t m;
  std::int64_t n;
  std::int64_t k;
  bool transpose_a = false;
  bool transpose_b = false;
};

namespace openblas {

/// Version and kernels, such as "0.3.21 SkylakeX".
std::string version();
void set_threads(int threads);
void multiply(const ProductShape& shape, const float* a, const float* b, float* c);

}  // namespace openblas

namespace onednn {

/// Version and instruction set, such as "2.6.3 avx512_core".
std::string version();
void set_threads(int threads);

/// How a convolution is computed, and where its operands lie.
enum class Method : std::uint8_t {
  direct,       ///< in the layouts that oneDNN likes best; bringing them there is not timed
  winograd,     ///< likewise, by Winograd's algorithm
  direct_nchw,  ///< in the framework's layouts; each call copies to oneDNN's and back
};

Call multiply(const ProductShape& shape, const Tensor& a, const Tensor& b, const Tensor& c);
/// oneDNN's name of the implementation that it chooses, "jit:avx512_core"; empty where it does not
/// have the method for the shape.
std::string implementation(Pass pass, const ConvolutionShape& shape, Method method);
/// A convolution of one to three spatial dimensions.
Call convolution(Pass pass, const ConvolutionShape& shape, Method method,
                 const PassTensors& tensors);

enum class Pointwise : std::uint8_t { relu, exp, softplus };
Call pointwise(Pointwise function, const Tensor& x, const Tensor& y);

}  // namespace onednn

}  // namespace credence::benchmarks
