// Convolutions of small images with one image in each lane: vectors hold a pixel of kLanes images.
// However narrow the images are, all lanes have work, and taps that fall outside are left out, so
// that the gradient of the data costs what the forward pass does. Images are laid out so first and
// results brought back afterwards, which small ones alone repay.
#pragma once

#include "framework/kernels/table.hpp"

namespace credence::cpu {
namespace CREDENCE_ISA {

void lanes_forward(const ConvolutionShape& shape, const float* x, const float* weight,
                   const Epilogue<float>& epilogue, float* y);
void lanes_backward_data(const ConvolutionShape& shape, const float* grad_y, const float* weight,
                         float* grad_x);
void lanes_moments_forward(const ConvolutionShape& shape, const float* x, const float* weight_mean,
                           const float* weight_variance, const float* bias, float* mean,
                           float* variance);
void lanes_moments_backward_data(const ConvolutionShape& shape, const float* x,
                                 const float* weight_mean, const float* weight_variance,
                                 const float* grad_mean, const float* grad_variance, float* grad_x);
void lanes_backward_weight(const ConvolutionShape& shape, const float* x, const float* grad_y,
                           float* grad_weight);
void lanes_moments_backward_weight(const ConvolutionShape& shape, const float* x,
                                   const float* grad_mean, const float* grad_variance,
                                   float* grad_weight_mean, float* grad_weight_variance);

}  // namespace CREDENCE_ISA
}  // namespace credence::cpu
