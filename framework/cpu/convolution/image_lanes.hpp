// Convolutions of small images with an image of its own in each lane:
//   y[o, p][lane] = bias[o] + Σ_{c, k} w[o, c, k] · x[c, p + k][lane]
// A vector holds the same pixel of kLanes images. All lanes have work, however narrow the images
// are. Taps that fall on padding are left out, so that the gradient of the data costs as much as
// the forward pass. The images are transposed to this form first, and the results are transposed
// back. plan.hpp says which convolutions repay that.
//
// All convolutions here are planar (plan.hpp). The functions compute what the kernel table
// (framework/kernels/table.hpp) says of the entry of that name: lanes_forward is
// convolution_forward, lanes_moments_forward is moments_forward, and so on.
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
