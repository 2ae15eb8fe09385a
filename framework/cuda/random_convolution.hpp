// The gradients of the moments of a convolution with random weights, mean = conv(x, μ) and variance
// = conv(x², σ²), from factors that are prepared.
#pragma once

#include "framework/cuda/products.hpp"

namespace credence::cuda {

/// grad_x = conv'(grad.mean, weights.mean) + 2 x conv'(grad.variance, weights.variance)
template <class F>
void moments_data_gradient(const ConvolutionShape& shape, const SumOf<F>* x,
                           const Moments<const F*>& weights, const Moments<const F*>& grad,
                           SumOf<F>* grad_x);
/// The gradients of the weights' means and variances. `inputs` are x and x².
template <class F>
void moments_weight_gradient(const ConvolutionShape& shape, const Moments<const F*>& inputs,
                             const Moments<const F*>& grad, const Moments<SumOf<F>*>& grad_weights);

}  // namespace credence::cuda
