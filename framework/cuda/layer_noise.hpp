// The noise of a layer whose outputs are drawn from their moments.
#pragma once

#include "framework/cuda/epilogue.hpp"
#include "framework/cuda/products.hpp"

namespace credence::cuda {

/// y = activation(mean + bias + √(max(variance, 0) + ε) · noise), with moments of type R, which may
/// be BFloat16. `moments.mean` may be y.
template <class T, class R>
void draw_outputs(const OutputNoise& noise, const ChannelBias<T>& bias, std::int64_t n,
                  const Moments<const R*>& moments, T* y);

/// The gradients of draw_outputs: grad_mean = grad_y · activation'(y), without an activation not
/// written, and those of both moments as factors of type F. That of the mean is written where F is
/// BFloat16 only; that of the variance may take the place of `variance`.
template <class T, class R, class F>
void output_gradients(const OutputNoise& noise, std::int64_t n, const T* y, const T* grad_y,
                      const R* variance, T* grad_mean, const Moments<F*>& gradients);

}  // namespace credence::cuda
