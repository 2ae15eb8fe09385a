// Depthwise convolutions: each channel has a kernel of its own (groups = channels). A plane of the
// input is copied with its borders to memory that stays in the first-level cache, so that each
// pixel is read from memory once; its outputs then are few multiply-adds each
// (depthwise_tiles.hpp).
#pragma once

#include "framework/kernels/table.hpp"

namespace credence::cpu {
namespace CREDENCE_ISA {

/// y = activation(bias + w ∗ x), channel by channel
void depthwise_forward(const ConvolutionShape& s, const float* x, const float* weight,
                       const Epilogue<float>& epilogue, float* y);
/// mean = w_mean ∗ x + bias and variance = w_variance ∗ x²
void depthwise_moments_forward(const ConvolutionShape& s, const float* x, const float* weight_mean,
                               const float* weight_variance, const float* bias, float* mean,
                               float* variance);
/// The gradient of the data.
void depthwise_backward_data(const ConvolutionShape& s, const float* grad_y, const float* weight,
                             float* grad_x);
void depthwise_moments_backward_data(const ConvolutionShape& s, const float* x,
                                     const float* weight_mean, const float* weight_variance,
                                     const float* grad_mean, const float* grad_variance,
                                     float* grad_x);
/// The gradient of the weights.
void depthwise_backward_weight(const ConvolutionShape& s, const float* x, const float* grad_y,
                               float* grad_weight);
void depthwise_moments_backward_weight(const ConvolutionShape& s, const float* x,
                                       const float* grad_mean, const float* grad_variance,
                                       float* grad_weight_mean, float* grad_weight_variance);

}  // namespace CREDENCE_ISA
}  // namespace credence::cpu
