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

/// Where output_gradients writes factors of type F: the gradient of the mean, that of the variance,
/// and that of the mean once more. Null where one is not wanted.
template <class F>
struct GradientFactors {
  F* mean = nullptr;
  F* variance = nullptr;
  F* mean_again = nullptr;
};

/// The gradients of draw_outputs: grad_mean = grad_y · activation'(y), without an activation not
/// written, and those of both moments as factors. That of the variance may take the place of
/// `variance`.
template <class T, class R, class F>
void output_gradients(const OutputNoise& noise, std::int64_t n, const T* y, const T* grad_y,
                      const R* variance, T* grad_mean, const GradientFactors<F>& gradients);

}  // namespace credence::cuda
