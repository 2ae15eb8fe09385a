// Single elements of results, computed in double precision from the definition: a check that is
// independent of every kernel, and quick where few elements are asked for.
#pragma once

#include "benchmarks/kernels/layers.hpp"
#include "benchmarks/kernels/rivals.hpp"

namespace credence::benchmarks {

/// Element `index` of the result of a pass, from the operands of PassTensors on the CPU:
///   forward          y[n, o, q] = Σ_c Σ_k w[o, c, k] x[n, c, q s + k d - p]
///   backward data    grad_x[n, c, i] = the sum of w[o, c, k] grad_y[n, o, q] over all o, k and q
///   with
///                    q s + k d - p = i
///   backward weight  grad_w[o, c, k] = Σ_n Σ_q grad_y[n, o, q] x[n, c, q s + k d - p]
/// c runs over the channels of o's group, s is the stride, d the dilation, p the padding.
double convolution_element(Pass pass, const ConvolutionShape& shape, const float* first,
                           const float* second, std::int64_t index);

/// C[i, j] = Σ_p A[i, p] B[p, j], index = i n + j.
double product_element(const ProductShape& shape, const float* a, const float* b,
                       std::int64_t index);

/// How many products one element sums, at most.
std::int64_t convolution_depth(Pass pass, const ConvolutionShape& shape);

}  // namespace credence::benchmarks
